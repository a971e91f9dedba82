package io.springline.toolcall;

import io.springline.feature.ToolCall;
import io.springline.feature.result.Content;
import io.springline.feature.result.ToolResult;
import java.io.OutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Cuts tool results that are too long. A text block at the end says what was cut.
 *
 * <p>Content blocks are kept in their order as long as they fit. The first text that does not fit
 * is shortened, and all that follows is left out. Structured content is left out; if the tool
 * declares an {@code outputSchema}, the result becomes an error, since it cannot match the schema.
 */
final class ResultSizeLimit implements ComputingFilter {

    /** The smallest limit: what the note about the cut takes, and some text. */
    static final int MIN_BYTES = 1024;

    /** Room for the note and the members around the content. */
    private static final int RESERVED = 400;

    private static final JsonMapper JSON = new JsonMapper();

    private final long maxBytes;

    ResultSizeLimit(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public ToolResult after(ToolCall call, ToolResult result) {
        long size = size(result.json());
        if (size <= maxBytes) {
            return result;
        }
        ObjectNode cut = JsonNodeFactory.instance.objectNode();
        ArrayNode content = cut.putArray("content");
        long room = maxBytes - RESERVED;
        for (JsonNode block : result.json().path("content")) {
            long needed = size(block) + 1;
            if (needed > room) {
                addShortened(content, block, room);
                break;
            }
            content.add(block);
            room -= needed;
        }
        content.add(
                Content.text(
                        "[Result cut: it has %d bytes, and at most %d are sent (springline.filters.max-result-size). Ask for less, for example with a filter or a page]"
                                .formatted(size, maxBytes)));
        if (result.isError() || call.tool().definition().has("outputSchema")) {
            cut.put("isError", true);
        }
        return new ToolResult(cut);
    }

    private static void addShortened(ArrayNode content, JsonNode block, long room) {
        String text = block.path("text").asString("");
        if (!block.path("type").asString("").equals("text")) {
            return;
        }
        int end = 0;
        long left = room - size(Content.text(""));
        while (end < text.length()) {
            int next = text.offsetByCodePoints(end, 1);
            left -= size(text.substring(end, next));
            if (left < 0) {
                break;
            }
            end = next;
        }
        if (end > 0) {
            content.add(Content.text(text.substring(0, end)));
        }
    }

    private static int size(String character) {
        int codePoint = character.codePointAt(0);
        if (codePoint < 0x20) {
            return 6;
        }
        if (codePoint == '"' || codePoint == '\\') {
            return 2;
        }
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 6 : 12;
    }

    /** Returns the size as JSON in UTF-8. */
    private static long size(JsonNode json) {
        var counter = new Counter();
        JSON.writeValue(counter, json);
        return counter.bytes;
    }

    private static final class Counter extends OutputStream {

        private long bytes;

        @Override
        public void write(int b) {
            bytes++;
        }

        @Override
        public void write(byte[] buffer, int offset, int length) {
            bytes += length;
        }
    }
}
