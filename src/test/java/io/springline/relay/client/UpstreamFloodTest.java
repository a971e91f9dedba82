package io.springline.relay.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.relay.StdioServer;
import io.springline.relay.TestHttpUpstream;
import io.springline.relay.config.Era;
import io.springline.relay.config.HttpEndpoint;
import io.springline.relay.config.RelayProperties.Mode;
import io.springline.relay.config.RelayProperties.Transport;
import io.springline.relay.config.StdioCommand;
import io.springline.relay.http.HttpTransport;
import io.springline.relay.http.RelayHttpClient;
import io.springline.relay.stdio.ProcessGroups;
import io.springline.relay.stdio.StderrRing;
import io.springline.relay.stdio.StdioTransport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.client.HttpClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/** A process that writes without end, in answer to one call. */
class UpstreamFloodTest {

    private static final String QUESTION =
            "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"sampling/createMessage\",\"params\":{}}";
    private static final int MAX_BYTES = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static ProcessGroups groups;

    private final List<String> ends = new CopyOnWriteArrayList<>();
    private final List<String> troubles = new CopyOnWriteArrayList<>();
    private final AtomicInteger notified = new AtomicInteger();
    private final Asked asked = new Asked();
    private @Nullable UpstreamClient client;

    @BeforeAll
    static void openGroups() {
        groups = new ProcessGroups();
    }

    @AfterAll
    static void closeGroups() {
        groups.close();
    }

    @AfterEach
    void close() {
        asked.done.countDown();
        if (client != null) {
            client.close("the test ends");
        }
    }

    /** A client that never answers. */
    private static final class Asked implements ClientCallback {
        final AtomicInteger waiting = new AtomicInteger();
        final CountDownLatch done = new CountDownLatch(1);

        @Override
        public void progress(ObjectNode params) {}

        @Override
        public void log(ObjectNode params) {}

        @Override
        public ObjectNode ask(String method, ObjectNode params) throws InterruptedException {
            waiting.incrementAndGet();
            try {
                done.await();
                return StdioServer.read("{}");
            } finally {
                waiting.decrementAndGet();
            }
        }
    }

    /** Waits for a line, then writes these again and again, each with a number in place of %d. */
    private UpstreamClient flood(String line, int times, Mode mode) throws Exception {
        String script =
                "read -r x; i=0; while [ $i -lt %d ]; do printf '%s\\n' $i; i=$((i+1)); done; cat >/dev/null"
                        .formatted(times, line);
        var command = new StdioCommand("sh", List.of("-c", script), Map.of(), null);
        var transport =
                new StdioTransport(
                        "up",
                        command,
                        groups,
                        JsonRpcCodec.lenientJson(MAX_BYTES),
                        MAX_BYTES,
                        new StderrRing());
        var made = new UpstreamClient("up", mode, transport, new Ends());
        client = made;
        transport.start(made);
        return made;
    }

    private final class Ends implements UpstreamClient.Listener {
        @Override
        public void notified(String method, @Nullable ObjectNode params) {
            notified.incrementAndGet();
        }

        @Override
        public void closed(String reason) {
            ends.add(reason);
        }

        @Override
        public void trouble(String what) {
            troubles.add(what);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PER_SESSION", "SHARED"})
    void cutsOffAnUpstreamThatDoesNotStopAsking(Mode mode) throws Exception {
        UpstreamClient client = flood(QUESTION, 200_000, mode);
        assertThatThrownBy(() -> client.await(sent(client), PATIENCE))
                .isInstanceOf(LostException.class)
                .hasMessageContaining("kept sending requests that were refused");
        assertThat(client.isOpen()).isFalse();
        await().untilAsserted(() -> assertThat(asked.waiting).hasValue(0));
        assertThat(ends).singleElement().asString().contains("kept sending requests");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cutsOffAnHttpUpstreamThatDoesNotStopAsking(boolean onStreamOfCall) throws Exception {
        HttpClient http = RelayHttpClient.start(Duration.ofSeconds(20));
        try (var upstream =
                new TestHttpUpstream(request -> {
                    if (request.verb().equals("GET") || request.method().equals("tools/call")) {
                        var events = request.events();
                        if (request.verb().equals("GET") != onStreamOfCall) {
                            for (int i = 0; i < 200_000; i++) {
                                events.data(QUESTION.formatted(i));
                            }
                        }
                        asked.done.await();
                    } else if (request.method().equals("initialize")) {
                        request.result("{\"protocolVersion\":\"2025-11-25\"}");
                    } else {
                        request.status(202);
                    }
                })) {
            var transport =
                    new HttpTransport(
                            "up",
                            Transport.HTTP,
                            new HttpEndpoint(upstream.url(), Map.of()),
                            Map::of,
                            JsonRpcCodec.lenientJson(MAX_BYTES),
                            http,
                            Duration.ofSeconds(60),
                            MAX_BYTES);
            var made = new UpstreamClient("up", Mode.SHARED, transport, new Ends());
            client = made;
            UpstreamConnection.open(
                    transport, made, Era.LEGACY, StdioServer.read("{}"), Duration.ofSeconds(20));
            assertThatThrownBy(() -> made.await(sent(made), PATIENCE))
                    .isInstanceOf(LostException.class)
                    .hasMessageContaining("kept sending requests that were refused");
            await().untilAsserted(() -> assertThat(asked.waiting).hasValue(0));
        } finally {
            asked.done.countDown();
            RelayHttpClient.stop(http);
        }
    }

    @Test
    void asksNoMoreQuestionsOfACallThanItsLimit() throws Exception {
        UpstreamClient client = flood(QUESTION, 100, Mode.PER_SESSION);
        Thread.ofVirtual().start(() -> call(client));
        await().untilAsserted(
                        () -> assertThat(asked.waiting).hasValue(UpstreamQuestions.MAX_PER_CALL));
        assertThat(client.isOpen()).isTrue();
    }

    private PendingCall sent(UpstreamClient client) {
        return client.send(
                new RequestId.Number(1), "tools/call", StdioServer.read("{}"), asked, PATIENCE);
    }

    private void call(UpstreamClient client) {
        try {
            client.await(sent(client), PATIENCE);
        } catch (InterruptedException | LostException e) {
            // the test is over
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\",\"params\":{\"n\":%d}}",
                "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{}}",
                "no message %d"
            })
    void readsAnUpstreamThatFloodsMoreSlowly(String line) throws Exception {
        int times = 30_000;
        UpstreamClient client = flood(line, times, Mode.SHARED);
        Thread.ofVirtual().start(() -> call(client));
        await().untilAsserted(() ->
                assertThat(troubles).singleElement().asString().contains("more slowly"));
        assertThat(client.isOpen()).isTrue();
        assertThat(notified).hasValueLessThan(times);
    }
}
