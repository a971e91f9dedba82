package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.net.http.HttpTimeoutException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * A principal that works while another one misbehaves: calls tools of the service and of upstreams,
 * answers questions, hears of resources, and resumes a session after each cut. Whatever it gets
 * must be what it has asked for; the first that is not ends it.
 */
final class Bystander implements AutoCloseable {

    /** What one of its threads does over and over. */
    @FunctionalInterface
    private interface Work {
        void run() throws Exception;
    }

    private static final long PATIENCE_MILLIS = 60_000;

    /** Counted apart: a start of a Java process takes most of a second of processor time. */
    private static final String STARTS_A_PROCESS = "relayed, starts a process";

    private final String uri;
    private final Map<String, String> headers;
    private final List<CompletableFuture<Void>> ends = new ArrayList<>();
    private final Map<String, List<Long>> nanos = new ConcurrentSkipListMap<>();
    private volatile boolean over;

    Bystander(int port, String token, String address) {
        this.uri = "ws://127.0.0.1:" + port + "/mcp";
        this.headers = Map.of("Authorization", "Bearer " + token, "X-Forwarded-For", address);
    }

    void begin() {
        work(this::callsTools);
        work(this::hears);
        work(this::resumes);
        work(this::answers);
        work(this::comesAnew);
    }

    private void work(Work work) {
        var end = new CompletableFuture<Void>();
        ends.add(end);
        // Not virtual: the measured times must not depend on carriers that other code occupies.
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        do {
                            work.run();
                        } while (!over);
                        end.complete(null);
                    } catch (Throwable thrown) {
                        end.completeExceptionally(thrown);
                    }
                });
    }

    /** Returns the latency of the calls since the last time, by kind of call. */
    String latency() {
        return nanos.entrySet().stream()
                .map(each -> latency(each.getKey(), each.getValue()))
                .collect(Collectors.joining());
    }

    private static String latency(String kind, List<Long> nanos) {
        List<Long> sorted;
        synchronized (nanos) {
            sorted = new ArrayList<>(nanos);
            nanos.clear();
        }
        if (sorted.isEmpty()) {
            return "";
        }
        Collections.sort(sorted);
        return "%n  %s: %d calls, p50 %.1f ms, p99 %.1f ms, longest %.1f ms"
                .formatted(
                        kind,
                        sorted.size(),
                        sorted.get(sorted.size() / 2) / 1e6,
                        sorted.get((sorted.size() - 1) * 99 / 100) / 1e6,
                        sorted.getLast() / 1e6);
    }

    /** Fails if one of its threads got what it should not have got, or did not get an answer. */
    @Override
    public void close() {
        over = true;
        for (CompletableFuture<Void> end : ends) {
            end.orTimeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        }
        requireServed(CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)));
    }

    void requireServed() {
        ends.stream().filter(CompletableFuture::isDone).forEach(Bystander::requireServed);
    }

    private static void requireServed(CompletableFuture<Void> end) {
        try {
            end.join();
        } catch (CompletionException e) {
            throw new AssertionError("the bystander was disturbed", e);
        }
    }

    /** Returns how many calls were answered since {@link #latency} was asked for. */
    int calls() {
        return nanos.values().stream().mapToInt(List::size).sum();
    }

    /** Tries again after a timeout of the client: a busy machine may be slower than that. */
    private SocketPeer connect() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (true) {
            try {
                return SocketPeer.connect(uri, headers, "mcp");
            } catch (CompletionException e) {
                boolean slow =
                        e.getCause() instanceof HttpTimeoutException
                                || e.getCause() instanceof TimeoutException;
                if (!slow || System.nanoTime() > end) {
                    throw e;
                }
            }
        }
    }

    private static String call(int id, String tool, String arguments) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{%s,\"name\":\"%s\",\"arguments\":%s}}"
                .formatted(id, McpPeer.meta("{\"elicitation\":{}}"), tool, arguments);
    }

    /**
     * Waits long: the machine may be busy with other tests, and a start of a process takes long.
     */
    private static JsonNode next(McpPeer peer) throws InterruptedException {
        String next = peer.poll(PATIENCE_MILLIS);
        assertThat(next).as("a message from the server").isNotNull();
        return McpPeer.JSON.readTree(next);
    }

    private static JsonNode ask(McpPeer peer, String request) throws InterruptedException {
        peer.send(request);
        return next(peer);
    }

    private static JsonNode answered(McpPeer peer, int id, String request)
            throws InterruptedException {
        JsonNode answer = ask(peer, request);
        assertThat(answer.path("id").asInt(-1)).as("%s", answer).isEqualTo(id);
        assertThat(answer.has("result")).as("%s", answer).isTrue();
        return answer.get("result");
    }

    private void echo(McpPeer peer, int id, String tool, String kind) throws InterruptedException {
        String said = "still here " + id;
        long start = System.nanoTime();
        JsonNode result =
                answered(peer, id, call(id, tool, "{\"message\":\"%s\"}".formatted(said)));
        nanos.computeIfAbsent(kind, _ -> Collections.synchronizedList(new ArrayList<>()))
                .add(System.nanoTime() - start);
        assertThat(result.at("/content/0/text").asString()).isEqualTo("Echo: " + said);
    }

    private void callsTools() throws Exception {
        try (var peer = connect()) {
            for (int id = 0; !over; id += 3) {
                echo(peer, id, "echo", "own tool");
                echo(peer, id + 1, "shared_echo", "relayed to a shared process");
                echo(
                        peer,
                        id + 2,
                        "own_echo",
                        id == 0 ? STARTS_A_PROCESS : "relayed to a process of its own");
                Thread.sleep(5);
            }
        }
    }

    /** The hostile principal touches the same resource, so there may be more notifications. */
    private void hears() throws Exception {
        try (var peer = connect()) {
            peer.initialize("2025-11-25", "{\"elicitation\":{}}");
            ask(
                    peer,
                    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"resources/subscribe\",\"params\":{\"uri\":\"test://note\"}}");
            for (int id = 1; !over; id++) {
                peer.send(
                        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"shared_touch\",\"arguments\":{}}}"
                                .formatted(id));
                boolean answered = false;
                boolean heard = false;
                while (!answered || !heard) {
                    JsonNode next = next(peer);
                    if (next.path("id").asInt(-1) == id) {
                        answered = true;
                    } else {
                        assertThat(next.path("method").asString())
                                .as("%s", next)
                                .isEqualTo("notifications/resources/updated");
                        assertThat(next.at("/params/uri").asString()).isEqualTo("test://note");
                        heard = true;
                    }
                }
                Thread.sleep(50);
            }
        }
    }

    private void resumes() throws Exception {
        JsonNode grant;
        int received = 0;
        try (var peer = connect()) {
            grant =
                    answered(
                            peer,
                            0,
                            "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}");
            peer.cut();
        }
        long cut = System.nanoTime();
        for (int id = 1; !over; id++) {
            try (var peer = connect()) {
                long connected = System.nanoTime();
                String resume =
                        "{\"jsonrpc\":\"2.0\",\"id\":\"r\",\"method\":\"springline/resume\",\"params\":{\"token\":%s,\"epoch\":%s,\"received\":%d}}"
                                .formatted(grant.get("token"), grant.get("epoch"), received);
                JsonNode resumed = ask(peer, resume);
                String what =
                        "%s, %d ms after the cut, %d ms after the upgrade"
                                .formatted(
                                        resumed,
                                        (System.nanoTime() - cut) / 1_000_000,
                                        (System.nanoTime() - connected) / 1_000_000);
                assertThat(resumed.path("id").asString("")).as(what).isEqualTo("r");
                assertThat(resumed.has("result")).as(what).isTrue();
                grant = resumed.get("result").has("token") ? resumed.get("result") : grant;
                echo(peer, id, "echo", "own tool after a resume");
                received++;
                cut = System.nanoTime();
                peer.cut();
            }
            Thread.sleep(100);
        }
    }

    private void answers() throws Exception {
        try (var peer = connect()) {
            for (int id = 0; !over; id += 2) {
                String ask = call(id, "test_elicitation", "{\"message\":\"Who?\"}");
                JsonNode asked = answered(peer, id, ask);
                assertThat(asked.path("resultType").asString())
                        .as("%s", asked)
                        .isEqualTo("input_required");
                String answer =
                        ",\"requestState\":%s,\"inputResponses\":{\"input\":{\"action\":\"decline\"}}}}"
                                .formatted(asked.get("requestState"));
                String again = ask.replaceFirst("\"id\":" + id, "\"id\":" + (id + 1));
                JsonNode done =
                        answered(peer, id + 1, again.substring(0, again.length() - 2) + answer);
                assertThat(done.at("/content/0/text").asString())
                        .as("%s", done)
                        .contains("decline");
                Thread.sleep(50);
            }
        }
    }

    /** A connection, and with it a process of the upstream, for each call. */
    private void comesAnew() throws Exception {
        try (var peer = connect()) {
            echo(peer, 1, "own_echo", STARTS_A_PROCESS);
        }
        Thread.sleep(200);
    }
}
