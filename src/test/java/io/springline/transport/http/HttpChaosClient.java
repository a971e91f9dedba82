package io.springline.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.EventReader;
import io.springline.testing.HttpPeer;
import io.springline.testing.HttpPeer.Event;
import io.springline.testing.RawHttpExchange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An HTTP client that does what it can to get one answer to each call: it resumes the stream of a
 * call of which it has an event id, and repeats a call of which it has none, under a new id.
 */
final class HttpChaosClient {

    /** Longer than two comments of the server are apart. */
    private static final int SILENCE_MILLIS = 5_000;

    /**
     * @param attempts how often the client has sent it
     */
    record Call(String key, int attempts) {}

    private final int port;
    private final String revision;
    private final @Nullable String session;
    private final AtomicInteger ids = new AtomicInteger();
    private final AtomicInteger resumed = new AtomicInteger();
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final List<Integer> announcements = new ArrayList<>();
    private volatile int expected = Integer.MAX_VALUE;

    HttpChaosClient(int port, String revision, @Nullable String session) {
        this.port = port;
        this.revision = revision;
        this.session = session;
    }

    String revision() {
        return revision;
    }

    @Nullable String session() {
        return session;
    }

    List<Call> calls() {
        return List.copyOf(calls);
    }

    int resumed() {
        return resumed.get();
    }

    List<Integer> announcements() {
        return announcements;
    }

    /** The stream of one call, over all connections that have carried it. */
    private static final class Stream {
        private final int id;
        private final List<Integer> progress = new ArrayList<>();
        private long lastNumber = -1;
        private @Nullable String lastEvent;
        private @Nullable JsonNode answer;

        Stream(int id) {
            this.id = id;
        }

        /** Reads to the end of the response, or until it is cut. */
        void read(RawHttpExchange response) throws IOException {
            var events = new EventReader(response.body());
            for (Event event; (event = events.next()) != null; ) {
                if (event.id() != null) {
                    record(event.id());
                }
                if (event.data() != null && !event.data().isEmpty()) {
                    received(event.json());
                }
            }
        }

        private void record(String eventId) {
            long number = Long.parseLong(eventId.substring(eventId.lastIndexOf('-') + 1));
            assertThat(number).as("no event comes twice").isGreaterThan(lastNumber);
            lastNumber = number;
            lastEvent = eventId;
        }

        void received(JsonNode message) {
            if (message.has("id")) {
                assertThat(answer).as("the first answer").isNull();
                assertThat(message.path("id").asInt()).isEqualTo(id);
                answer = message;
            } else {
                progress.add(message.at("/params/progress").asInt());
            }
        }
    }

    /** Makes the next call, until it has its answer. */
    void call() {
        String key = revision + "-" + ids.incrementAndGet();
        Stream stream;
        int attempts = 0;
        do {
            attempts++;
            stream = new Stream(ids.incrementAndGet());
            post(stream, key);
            while (stream.answer == null && stream.lastEvent != null) {
                resume(stream);
            }
        } while (stream.answer == null);
        assertThat(stream.answer.at("/result/content/0/text").asString())
                .as(stream.answer.toString())
                .isEqualTo("ran " + key);
        assertThat(stream.progress)
                .isEqualTo(
                        IntStream.rangeClosed(1, HttpResumeChaosIT.Tools.STEPS).boxed().toList());
        calls.add(new Call(key, attempts));
    }

    private void post(Stream stream, String key) {
        String arguments = "{\"key\":\"%s\"}".formatted(key);
        String headers;
        String body;
        if (session == null) {
            headers =
                    """
                    MCP-Protocol-Version: 2026-07-28\r
                    Mcp-Method: tools/call\r
                    Mcp-Name: steps\r
                    """;
            body = HttpPeer.modernCall(stream.id, "steps", arguments);
        } else {
            headers = "Mcp-Session-Id: " + session + "\r\n";
            body = HttpPeer.call(stream.id, "steps", arguments);
        }
        body =
                session == null
                        ? body.replace("\"_meta\":{", "\"_meta\":{\"progressToken\":1,")
                        : body.replace(
                                "\"params\":{", "\"params\":{\"_meta\":{\"progressToken\":1},");
        headers += "Content-Type: application/json\r\nAccept: " + HttpPeer.BOTH + "\r\n";
        try (var response = RawHttpExchange.send(port, SILENCE_MILLIS, "POST", headers, body)) {
            assertThat(response.status()).isEqualTo(200);
            stream.read(response);
        } catch (IOException cut) {
            // resume, or call again
        }
    }

    private RawHttpExchange get(@Nullable String lastEvent) throws IOException {
        String headers = "Mcp-Session-Id: " + session + "\r\nAccept: text/event-stream\r\n";
        if (lastEvent != null) {
            headers += "Last-Event-ID: " + lastEvent + "\r\n";
        }
        var response = RawHttpExchange.send(port, SILENCE_MILLIS, "GET", headers, "");
        assertThat(response.status()).isEqualTo(200);
        return response;
    }

    private void resume(Stream stream) {
        resumed.incrementAndGet();
        try (var response = get(stream.lastEvent)) {
            stream.read(response);
        } catch (IOException cut) {
            // once more
        }
    }

    /** Reads the stream of the session, and resumes it, until all announcements are there. */
    void listen() {
        String last = null;
        while (!hasAll()) {
            try (var response = get(last)) {
                var events = new EventReader(response.body());
                for (Event event; !hasAll() && (event = events.next()) != null; ) {
                    if (event.id() != null) {
                        last = event.id();
                    }
                    if (event.data() != null && !event.data().isEmpty()) {
                        announcements.add(event.json().at("/params/data").asInt());
                    }
                }
            } catch (IOException cut) {
                // once more
            }
        }
    }

    private boolean hasAll() {
        return !announcements.isEmpty() && announcements.getLast() >= expected;
    }

    /** Sets the number of the last announcement. */
    void expect(int last) {
        expected = last;
    }

    /** From the first event that it has, a client misses no announcement, and gets none twice. */
    void verifyAnnouncements() {
        if (session == null) {
            return;
        }
        assertThat(announcements)
                .isEqualTo(
                        IntStream.rangeClosed(announcements.getFirst(), expected).boxed().toList());
    }
}
