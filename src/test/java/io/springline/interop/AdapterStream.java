package io.springline.interop;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * What one HTTP request gets: plain JSON when the answer is all there is, since only then its error
 * can still become a status; otherwise server-sent events that end with the answer.
 */
final class AdapterStream {

    /** How soon it is noticed that the client of a silent stream has gone. */
    private static final long LOOK_MILLIS = 100;

    private final HttpExchange exchange;
    private final boolean modern;
    private final CountDownLatch finished = new CountDownLatch(1);
    private boolean streaming;
    private volatile boolean gone;

    AdapterStream(HttpExchange exchange, boolean modern) {
        this.exchange = exchange;
        this.modern = modern;
    }

    /** Something that comes before the answer. */
    synchronized void event(String message) {
        write("data: " + message.replace('\n', ' ') + "\n\n");
    }

    /** From now on it is a stream of events. */
    synchronized void open() {
        write(": open\n\n");
    }

    synchronized void answer(String message) {
        if (streaming) {
            event(message);
        } else {
            json(message);
        }
        finished.countDown();
    }

    /** The connection behind it has ended without an answer. */
    synchronized void breakOff() {
        if (!streaming && finished.getCount() > 0) {
            try {
                exchange.sendResponseHeaders(502, -1);
            } catch (IOException e) {
                gone = true;
            }
        }
        finished.countDown();
    }

    /** Whether the answer has been given; false when the client has gone before. */
    boolean awaitAnswer() throws InterruptedException {
        while (!finished.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            look();
            if (gone) {
                return false;
            }
        }
        return true;
    }

    private synchronized void look() {
        if (streaming && finished.getCount() > 0) {
            write(": still here\n\n");
        }
    }

    private void write(String events) {
        try {
            if (!streaming) {
                streaming = true;
                exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
                exchange.sendResponseHeaders(200, 0);
            }
            OutputStream body = exchange.getResponseBody();
            body.write(events.getBytes(StandardCharsets.UTF_8));
            body.flush();
        } catch (IOException e) {
            gone = true;
        }
    }

    private void json(String message) {
        byte[] body = message.getBytes(StandardCharsets.UTF_8);
        try {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(
                    status(HttpAdapter.JSON.readTree(message).path("error")), body.length);
            exchange.getResponseBody().write(body);
        } catch (IOException e) {
            gone = true;
        }
    }

    private int status(JsonNode error) {
        return switch (error.path("code").asInt(0)) {
            case -32700, -32600, -32020, -32021, -32022 -> 400;
            case -32602 -> modern && error.path("data").has("missing") ? 400 : 200;
            case -32601 -> modern ? 404 : 200;
            default -> 200;
        };
    }
}
