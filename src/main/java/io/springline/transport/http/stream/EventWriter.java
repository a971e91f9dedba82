package io.springline.transport.http.stream;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.jetty.io.Connection;
import org.jspecify.annotations.Nullable;

/** Writes server-sent events; for one thread at a time. Blocks while the client does not read. */
final class EventWriter {

    private static final byte[] COMMENT = ascii(":\n\n");
    private static final byte[] DATA = ascii("data: ");
    private static final byte[] END = ascii("\n\n");

    private final HttpServletResponse response;
    private final Runnable progress;

    /**
     * @param progress called when the client has read a part of an event
     */
    EventWriter(HttpServletResponse response, Runnable progress) {
        this.response = response;
        this.progress = progress;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Sends the headers and something behind them, without which some proxies hold the headers
     * back.
     *
     * @param firstId the id of an event without data, or null for a comment
     */
    void begin(@Nullable String firstId) throws IOException {
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType(Accepted.EVENT_STREAM);
        response.setHeader("Cache-Control", "no-cache, no-transform");
        response.setHeader("X-Accel-Buffering", "no");
        send(firstId == null ? COMMENT : ascii("id: %s\ndata:\n\n".formatted(firstId)));
    }

    void comment() throws IOException {
        send(COMMENT);
    }

    void write(List<QueuedEvent> events) throws IOException {
        OutputStream out = response.getOutputStream();
        for (QueuedEvent each : events) {
            if (each.eventId() != null) {
                out.write(ascii("id: %s\n".formatted(each.eventId())));
            }
            out.write(DATA);
            Slices.write(out, each.message().payload(), progress);
            out.write(END);
        }
        out.flush();
    }

    /**
     * @param retryMillis after which the client is to come back for the rest, or 0 for none
     * @param leaving the connection, if it is to end, too
     */
    void end(int retryMillis, @Nullable Connection leaving) throws IOException {
        if (retryMillis > 0) {
            send(ascii("retry: %d\n\n".formatted(retryMillis)));
        }
        if (leaving != null) {
            response.getOutputStream().close();
            leaving.getEndPoint().shutdownOutput();
        }
    }

    private void send(byte[] bytes) throws IOException {
        response.getOutputStream().write(bytes);
        response.getOutputStream().flush();
    }
}
