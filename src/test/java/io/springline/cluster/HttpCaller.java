package io.springline.cluster;

import io.springline.testing.EventReader;
import io.springline.testing.HttpPeer;
import io.springline.testing.HttpPeer.Event;
import io.springline.testing.RawHttpExchange;
import java.io.IOException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An HTTP client that calls a tool again and again, one call at a time, in one session. It sends a
 * request again after 503, and resumes a stream that ends before its answer. Everything else is a
 * failed call.
 */
final class HttpCaller {

    private static final int SILENCE_MILLIS = 60_000;
    private static final int RETRY_MILLIS = 200;

    /** Shorter and longer than {@code springline.http.stream-after} and the drain's delay. */
    private static final int[] CALL_MILLIS = {10, 50, 400, 2_500};

    private final int number;
    private final int port;

    /** Null for 2026-07-28. */
    private final @Nullable String revision;

    private final Queue<String> failed = new ConcurrentLinkedQueue<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger retries = new AtomicInteger();
    private final AtomicInteger resumed = new AtomicInteger();
    private @Nullable String session;

    HttpCaller(int number, int port, @Nullable String revision) {
        this.number = number;
        this.port = port;
        this.revision = revision;
    }

    Queue<String> failed() {
        return failed;
    }

    int calls() {
        return calls.get();
    }

    /** Returns how often a server has refused a request with 503. */
    int retries() {
        return retries.get();
    }

    /** Returns how many streams were resumed. */
    int resumed() {
        return resumed.get();
    }

    void run(BooleanSupplier stopping, int pauseMillis) {
        try {
            if (revision != null) {
                session = open(revision);
            }
            while (!stopping.getAsBoolean()) {
                String key = "http-" + number + "-" + calls.incrementAndGet();
                try {
                    JsonNode answer = call(key);
                    if (!Nodes.text(answer).equals("ran " + key)) {
                        failed.add(key + ": " + answer);
                    }
                } catch (IOException e) {
                    failed.add(key + ": " + e);
                }
                Thread.sleep(pauseMillis);
            }
        } catch (Exception e) {
            failed.add("client " + number + ": " + e);
        }
    }

    private String open(String version) throws IOException, InterruptedException {
        String body =
                """
                {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"%s",\
                "capabilities":{},"clientInfo":{"name":"rolling","version":"1"}}}\
                """
                        .formatted(version);
        try (var response = send("POST", "", body)) {
            return Objects.requireNonNull(response.header("Mcp-Session-Id"));
        }
    }

    private JsonNode call(String key) throws IOException, InterruptedException {
        int id = calls.get();
        int millis = CALL_MILLIS[(number + id) % CALL_MILLIS.length];
        String arguments = "{\"key\":\"%s\",\"ms\":%d}".formatted(key, millis);
        var stream = new Stream();
        if (session == null) {
            String headers =
                    """
                    MCP-Protocol-Version: 2026-07-28\r
                    Mcp-Method: tools/call\r
                    Mcp-Name: count\r
                    """;
            try (var response =
                    send("POST", headers, HttpPeer.modernCall(id, "count", arguments))) {
                stream.read(response);
            }
        } else {
            try (var response = send("POST", "", HttpPeer.call(id, "count", arguments))) {
                stream.read(response);
            }
        }
        while (stream.answer == null) {
            if (stream.lastEvent == null) {
                throw new IOException("the stream ended without an answer and without an id");
            }
            resumed.incrementAndGet();
            try (var response = send("GET", "Last-Event-ID: " + stream.lastEvent + "\r\n", "")) {
                stream.read(response);
            }
        }
        return stream.answer;
    }

    /** Sends a request, again after each 503. */
    private RawHttpExchange send(String method, String headers, String body)
            throws IOException, InterruptedException {
        String all =
                "Content-Type: application/json\r\nAccept: %s\r\n%s%s"
                        .formatted(
                                method.equals("GET") ? "text/event-stream" : HttpPeer.BOTH,
                                session == null ? "" : "Mcp-Session-Id: " + session + "\r\n",
                                headers);
        while (true) {
            var response = RawHttpExchange.send(port, SILENCE_MILLIS, method, all, body);
            if (response.status() == 200) {
                return response;
            }
            try (response) {
                if (response.status() != 503) {
                    throw new IOException(response.status() + " " + response.text());
                }
            }
            retries.incrementAndGet();
            Thread.sleep(RETRY_MILLIS);
        }
    }

    /** The response to one call, over all connections that have carried it. */
    private static final class Stream {

        private @Nullable String lastEvent;
        private @Nullable JsonNode answer;

        void read(RawHttpExchange response) throws IOException {
            if ("application/json".equals(response.header("Content-Type"))) {
                answer = HttpPeer.json(response.text());
                return;
            }
            var events = new EventReader(response.body());
            for (Event event; (event = events.next()) != null; ) {
                if (event.id() != null) {
                    lastEvent = event.id();
                }
                if (event.data() != null && !event.data().isEmpty() && event.json().has("id")) {
                    answer = event.json();
                }
            }
        }
    }
}
