package io.springline.jsonrpc.codec;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.RequestId;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/** JSON-RPC messages as JSON text, from peers that break the rules. */
final class LenientJsonCodec extends JsonRpcCodec {

    /**
     * Tolerates invalid JSON, to find an id in it. Builds no tree, so only the depth is limited.
     */
    private static final JsonFactory TOLERANT =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(5 * MAX_DEPTH)
                                    .maxNumberLength(Integer.MAX_VALUE)
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .maxNameLength(Integer.MAX_VALUE)
                                    .build())
                    .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                    .enable(
                            JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS,
                            JsonReadFeature.ALLOW_LEADING_ZEROS_FOR_NUMBERS,
                            JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS,
                            JsonReadFeature.ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS,
                            JsonReadFeature.ALLOW_TRAILING_DECIMAL_POINT_FOR_NUMBERS,
                            JsonReadFeature.ALLOW_SINGLE_QUOTES,
                            JsonReadFeature.ALLOW_UNQUOTED_PROPERTY_NAMES,
                            JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS,
                            JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER,
                            JsonReadFeature.ALLOW_MISSING_VALUES,
                            JsonReadFeature.ALLOW_TRAILING_COMMA)
                    .build();

    private final JsonFactory json;

    LenientJsonCodec(int maxStringLength) {
        json = JsonCodec.factory(maxStringLength);
    }

    @Override
    public boolean isBinary() {
        return false;
    }

    @Override
    JsonGenerator generator(OutputStream bytes) {
        return json.createGenerator(ObjectWriteContext.empty(), bytes);
    }

    @Override
    public Decoded decode(byte[] bytes) {
        int start = hasByteOrderMark(bytes) ? 3 : 0;
        var messages = new ArrayList<Decoded.Single>();
        try (JsonParser in =
                LargeTextParser.of(
                        json.createParser(
                                ObjectReadContext.empty(), bytes, start, bytes.length - start),
                        bytes,
                        start)) {
            for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                if (messages.size() >= MAX_BATCH) {
                    return Envelope.tooManyElements();
                }
                read(token, in, messages);
            }
        } catch (JacksonException | NumberFormatException e) {
            messages.add(
                    messages.isEmpty()
                            ? classifyUnreadable(bytes, start, fault(e))
                            : Envelope.parseError("the text after a message is not JSON"));
        }
        return switch (messages.size()) {
            case 0 -> new Decoded.Ignored("empty message");
            case 1 -> messages.getFirst();
            default -> new Decoded.Batch(messages);
        };
    }

    private static boolean hasByteOrderMark(byte[] bytes) {
        return bytes.length >= 3
                && bytes[0] == (byte) 0xEF
                && bytes[1] == (byte) 0xBB
                && bytes[2] == (byte) 0xBF;
    }

    private static void read(JsonToken token, JsonParser in, List<Decoded.Single> messages) {
        switch (token) {
            case START_OBJECT -> messages.add(Envelope.classifyLeniently(in));
            case START_ARRAY -> {
                for (JsonToken element = in.nextToken();
                        element != JsonToken.END_ARRAY;
                        element = in.nextToken()) {
                    if (element == JsonToken.START_OBJECT && messages.size() < MAX_BATCH) {
                        messages.add(Envelope.classifyLeniently(in));
                    } else {
                        in.skipChildren();
                        messages.add(Envelope.notAnObject());
                    }
                }
            }
            default -> messages.add(Envelope.notAnObject());
        }
    }

    private static String fault(RuntimeException e) {
        if (e instanceof StreamConstraintsException || e instanceof NumberFormatException) {
            return JsonCodec.tooLarge().answer().error().message();
        }
        return e instanceof JacksonException json
                        && Envelope.DUPLICATE_KEY.equals(json.getOriginalMessage())
                ? "it has " + Envelope.DUPLICATE_KEY
                : "it is not JSON";
    }

    /**
     * Returns what the id in an unreadable text allows: a failed answer, or an error for the
     * request.
     */
    private static Decoded.Single classifyUnreadable(byte[] bytes, int start, String fault) {
        var found = new Found();
        try (JsonParser in =
                TOLERANT.createParser(
                        ObjectReadContext.empty(), bytes, start, bytes.length - start)) {
            found.search(in);
        } catch (JacksonException | NumberFormatException e) {
            // The search ends at the fault. The id usually comes before it.
        }
        if (found.id == null) {
            return Envelope.parseError(fault);
        }
        return found.method
                ? Decoded.Malformed.counted(
                        new ErrorResponse(
                                found.id, ErrorCode.PARSE_ERROR.error("Parse error: " + fault)))
                : new Decoded.UnusableAnswer(found.id, fault);
    }

    private static final class Found {
        private @Nullable RequestId id;
        private boolean method;

        private void search(JsonParser in) {
            if (in.nextToken() != JsonToken.START_OBJECT) {
                return;
            }
            while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = in.currentName();
                JsonToken value = in.nextToken();
                method |= name.equals("method");
                if (name.equals("id") && id == null && value.isScalarValue()) {
                    id = RequestId.of(Trees.read(in));
                }
                in.skipChildren();
            }
        }
    }
}
