package io.springline.transport.http.stream;

import io.springline.jsonrpc.RequestId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The id of an event in an event stream: the requests that the stream answers, and the number of
 * the message in its session. From this, any node can determine the rest of the stream.
 *
 * @param requests empty for the stream that was opened by GET
 * @param number of the last message that the client has received
 */
public record EventId(List<RequestId> requests, long number) {

    /** Longest id in characters. A stream with longer ids cannot be resumed. */
    private static final int MAX_LENGTH = 2048;

    private static final String STANDALONE = "g";

    /** Returns the prefix of all ids of a stream, or null if the stream cannot be resumed. */
    static @Nullable String prefix(Collection<RequestId> requests) {
        String stream =
                requests.isEmpty()
                        ? STANDALONE
                        : requests.stream().map(EventId::text).collect(Collectors.joining("."));
        return stream.length() > MAX_LENGTH ? null : stream + "-";
    }

    private static String text(RequestId id) {
        return switch (id) {
            case RequestId.Number(var value) -> "n" + value;
            case RequestId.BigNumber(var value) -> "b" + value;
            case RequestId.Text(var value) -> "t" + encoded(value);
        };
    }

    /** Returns base64url with {@code ~} for {@code -}, which separates the number. */
    private static String encoded(String value) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(value.getBytes(StandardCharsets.UTF_8))
                .replace('-', '~');
    }

    /** Returns the id that a client has sent, or null if this service cannot have issued it. */
    public static @Nullable EventId parse(String text) {
        int dash = text.lastIndexOf('-');
        if (dash <= 0 || text.length() > MAX_LENGTH + 20) {
            return null;
        }
        try {
            long number = Long.parseLong(text.substring(dash + 1));
            String stream = text.substring(0, dash);
            var requests = new ArrayList<RequestId>();
            if (!stream.equals(STANDALONE)) {
                for (String each : stream.split("\\.")) {
                    requests.add(request(each));
                }
            }
            return number < 0 ? null : new EventId(List.copyOf(requests), number);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static RequestId request(String text) {
        String value = text.substring(Math.min(1, text.length()));
        return switch (text.isEmpty() ? ' ' : text.charAt(0)) {
            case 'n' -> new RequestId.Number(Long.parseLong(value));
            case 'b' -> new RequestId.BigNumber(new java.math.BigInteger(value));
            case 't' ->
                    new RequestId.Text(
                            new String(
                                    Base64.getUrlDecoder().decode(value.replace('~', '-')),
                                    StandardCharsets.UTF_8));
            default -> throw new IllegalArgumentException("no stream");
        };
    }
}
