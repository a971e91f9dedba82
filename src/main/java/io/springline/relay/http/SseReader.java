package io.springline.relay.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads an event stream, event by event, in bounded memory. For one thread.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML, 9.2</a>
 */
final class SseReader {

    /** Longest event id, in characters; a longer one cannot be resumed from. */
    static final int MAX_ID = 1024;

    private static final Duration MAX_RETRY = Duration.ofMinutes(1);

    /**
     * @param type {@code message} unless the stream says otherwise
     * @param data its lines joined by line feeds; empty for an event that only carries an id
     * @param tooLarge the event is larger than allowed, and {@code data} is empty; told as soon as
     *     that shows
     */
    record Event(String type, String data, boolean tooLarge) {}

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
     * @param maxBytes most bytes of one line, and of one event's data
     */
    SseReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /**
     * The next event, or null at the end. Many servers leave out the blank line after their last
     * event, so an orderly end stands for it; the id of such an event is not one to resume from.
     */
    @Nullable Event next() throws IOException {
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

    /** The id of the last complete event that had one, fit for a header; null if none had. */
    @Nullable String lastEventId() {
        return lastEventId;
    }

    /** Whether any event has come. */
    boolean sawEvent() {
        return sawEvent;
    }

    /** How long the upstream wants us to wait before we come back, at most a minute. */
    @Nullable Duration retry() {
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
                // a comment, whose name is empty, or a field that the standard ignores
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

    /** An id is given back in a header; an empty one says: forget the last. */
    private static boolean usable(String id) {
        return !id.isEmpty()
                && id.length() <= MAX_ID
                && id.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    /**
     * Fills {@link #line}, or begins to discard a line that is too long; false when the stream
     * ends, also in the middle of a line.
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
                // room for a field's name beside a message of the largest size
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
