package io.springline.jsonrpc.sse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A reader for server-sent events in bounded memory. Not thread-safe.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML, 9.2</a>
 */
public final class SseReader {

    /**
     * The maximum length of an event id, in characters; a longer one is not used for resumption.
     */
    static final int MAX_ID = 1024;

    private static final Duration MAX_RETRY = Duration.ofMinutes(1);

    /**
     * One event.
     *
     * @param type {@code message} if the stream sets no other
     * @param data lines joined by line feeds; empty for an event with only an id
     * @param tooLarge true if the event exceeds the limit; {@code data} is then empty, and the
     *     event is returned before its end
     */
    public record Event(String type, String data, boolean tooLarge) {}

    private final InputStream in;
    private final int maxBytes;
    private final byte[] buffer = new byte[8192];
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(256);
    private final ByteArrayOutputStream data = new ByteArrayOutputStream(256);

    private int position;
    private int end;
    private boolean afterCarriageReturn;
    private boolean firstLine = true;
    private boolean hasData;
    private boolean hasId;
    private boolean tooLarge;
    private boolean reported;
    private boolean discarding;
    private boolean sawEvent;
    private String type = "";
    private @Nullable String pendingId;
    private @Nullable String lastEventId;
    private @Nullable Duration retry;

    /**
     * Creates a reader.
     *
     * @param maxBytes maximum size of one line, and of the data of one event
     */
    public SseReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /**
     * Returns the next event, or null at the end of the stream. Many servers omit the blank line
     * after the last event, so the end of the stream also ends an event; the id of such an event is
     * not used for resumption.
     */
    public @Nullable Event next() throws IOException {
        while (true) {
            if (tooLarge && !reported) {
                reported = true;
                return new Event(typeOrDefault(), "", true);
            }
            if (!readLine()) {
                return last();
            }
            if (discarding) {
                continue;
            }
            if (line.size() > 0) {
                field(line.toString(StandardCharsets.UTF_8));
                continue;
            }
            Event event = dispatch();
            if (event != null) {
                return event;
            }
        }
    }

    private @Nullable Event last() {
        if (line.size() > 0 && !discarding) {
            dropByteOrderMark();
            field(line.toString(StandardCharsets.UTF_8));
            line.reset();
        }
        hasId = false;
        return dispatch();
    }

    private String typeOrDefault() {
        return type.isEmpty() ? "message" : type;
    }

    /** Returns the id of the last complete event that had a valid one; null if none had. */
    public @Nullable String lastEventId() {
        return lastEventId;
    }

    /** Returns true if any event has arrived. */
    public boolean sawEvent() {
        return sawEvent;
    }

    /**
     * Returns the pause before a reconnect that the server set, one minute at most; null if it set
     * none.
     */
    public @Nullable Duration retry() {
        return retry;
    }

    private @Nullable Event dispatch() {
        if (hasId) {
            lastEventId = pendingId;
        }
        boolean complete = (hasData || hasId) && !reported;
        sawEvent |= complete || reported;
        var event = new Event(typeOrDefault(), data.toString(StandardCharsets.UTF_8), false);
        data.reset();
        hasData = false;
        hasId = false;
        tooLarge = false;
        reported = false;
        type = "";
        return complete ? event : null;
    }

    private void field(String text) {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        String value = colon < 0 ? "" : text.substring(colon + 1);
        if (value.startsWith(" ")) {
            value = value.substring(1);
        }
        switch (name) {
            case "data" -> data(value.getBytes(StandardCharsets.UTF_8));
            case "event" -> type = value;
            case "id" -> {
                if (value.indexOf('\0') < 0) {
                    hasId = true;
                    pendingId = usable(value) ? value : null;
                }
            }
            case "retry" -> retry(value);
            default -> {
                // a comment or an unknown field
            }
        }
    }

    private void data(byte[] value) {
        if (tooLarge || (long) data.size() + value.length > maxBytes) {
            tooLarge = true;
            data.reset();
            return;
        }
        if (hasData) {
            data.write('\n');
        }
        hasData = true;
        data.writeBytes(value);
    }

    private void retry(String value) {
        if (!value.isEmpty()
                && value.length() <= 9
                && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
            var asked = Duration.ofMillis(Long.parseLong(value));
            retry = asked.compareTo(MAX_RETRY) > 0 ? MAX_RETRY : asked;
        }
    }

    /** Returns true if the id can be sent in a header. An empty id resets the last one. */
    private static boolean usable(String id) {
        return !id.isEmpty()
                && id.length() <= MAX_ID
                && id.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    /**
     * Reads the next line into {@link #line}, or starts to discard a line that is too long. Returns
     * false at the end of the stream, also within a line.
     */
    private boolean readLine() throws IOException {
        line.reset();
        while (true) {
            if (position == end) {
                end = in.read(buffer);
                position = 0;
                if (end < 0) {
                    end = 0;
                    return false;
                }
                continue;
            }
            byte b = buffer[position++];
            boolean secondHalf = afterCarriageReturn && b == '\n';
            afterCarriageReturn = b == '\r';
            if (secondHalf) {
                continue;
            }
            boolean ends = b == '\n' || b == '\r';
            if (discarding) {
                discarding = !ends;
            } else if (ends) {
                dropByteOrderMark();
                return true;
            } else if (line.size() < maxBytes + 16) {
                // 16 bytes for the name of the field
                line.write(b);
            } else {
                tooLarge = true;
                discarding = true;
                return true;
            }
        }
    }

    private void dropByteOrderMark() {
        if (!firstLine) {
            return;
        }
        firstLine = false;
        byte[] start = line.toByteArray();
        if (start.length >= 3
                && start[0] == (byte) 0xEF
                && start[1] == (byte) 0xBB
                && start[2] == (byte) 0xBF) {
            line.reset();
            line.write(start, 3, start.length - 3);
        }
    }
}
