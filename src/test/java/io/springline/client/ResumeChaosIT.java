package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.Tool;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.resume.ResumableSessions;
import io.springline.session.SessionRegistry;
import io.springline.testing.CuttingProxy;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The promise, against a network that keeps none: a cut for each ten calls. {@code
 * -Dchaos.calls=100000} makes it longer, {@code -Dchaos.seed=…} repeats one.
 */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.features.built-in=false",
            "logging.level.io.springline.client=warn"
        })
@Import(ResumeChaosIT.Tools.class)
class ResumeChaosIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int CLIENTS = 4;
    private static final int CALLS = Integer.getInteger("chaos.calls", 400);
    private static final long SEED = Long.getLong("chaos.seed", System.nanoTime());

    /** Of one client at a time. */
    private static final int CONCURRENT = 8;

    /** Bytes between two cuts; small enough for one in ten calls. */
    private static final int MEAN_BYTES = 3_000;

    private static final int STEPS = 3;

    @LocalServerPort int port;
    @Autowired ResumableSessions resumable;
    @Autowired SessionRegistry sessions;
    @Autowired Tools tools;

    static class Tools {

        final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();

        private AtomicInteger runs(ObjectNode arguments) {
            return runs.computeIfAbsent(
                    arguments.get("key").stringValue(), _ -> new AtomicInteger());
        }

        @Bean
        Tool increment() {
            return Tool.named("increment")
                    .description("Counts its runs by key, and reports its steps")
                    .inputSchema("{\"type\":\"object\",\"required\":[\"key\"]}")
                    .handler((context, arguments) -> {
                        int run = runs(arguments).incrementAndGet();
                        for (int step = 1; step <= STEPS; step++) {
                            context.progress(step, (double) STEPS, null);
                        }
                        return ToolResult.text("run " + run);
                    });
        }

        @Bean
        Tool ask() {
            return Tool.named("ask")
                    .description("Counts its runs by key, and asks")
                    .inputSchema("{\"type\":\"object\",\"required\":[\"key\"]}")
                    .handler((context, arguments) -> {
                        int run = runs(arguments).incrementAndGet();
                        context.ask(
                                InputRequest.elicitation(
                                        arguments.get("key").stringValue(),
                                        JSON.createObjectNode().put("type", "object")));
                        return ToolResult.text("run " + run);
                    });
        }
    }

    /** One client with what it has heard. */
    private final class Caller implements ClientListener, AutoCloseable {

        private final int number;
        private final boolean modern;
        private final McpWebSocketClient client;
        private final Map<String, List<Integer>> progress = new ConcurrentHashMap<>();
        private final Map<String, AtomicInteger> questions = new ConcurrentHashMap<>();
        private final Map<Integer, String> answers = new ConcurrentHashMap<>();
        private final List<ClientState> states = new ArrayList<>();
        private final AtomicInteger answered = new AtomicInteger();

        Caller(int number, boolean modern, int proxyPort) {
            this.number = number;
            this.modern = modern;
            this.client =
                    McpWebSocketClient.builder(URI.create("ws://127.0.0.1:" + proxyPort + "/mcp"))
                            .backoff(Duration.ofMillis(5), Duration.ofMillis(50))
                            .heartbeat(Duration.ofMillis(200), Duration.ofMillis(400))
                            .connectTimeout(Duration.ofMillis(800))
                            .listener(this)
                            .build();
        }

        @Override
        public void received(JsonRpcMessage message) {
            switch (message) {
                case Notification(var method, var params)
                        when method.equals("notifications/progress") ->
                        progress.computeIfAbsent(
                                        params.get("progressToken").stringValue(),
                                        _ -> new ArrayList<>())
                                .add(params.get("progress").intValue());
                case Request(var id, _, var params) -> {
                    questions
                            .computeIfAbsent(
                                    params.get("message").stringValue(), _ -> new AtomicInteger())
                            .incrementAndGet();
                    client.send(
                            new ResultResponse(
                                    id, JSON.readTree("{\"action\":\"accept\",\"content\":{}}")));
                }
                default -> {}
            }
        }

        @Override
        public synchronized void stateChanged(ClientState state) {
            states.add(state);
        }

        void run(int calls) throws InterruptedException {
            client.start();
            if (!modern) {
                client.request(
                                "initialize",
                                object(
                                        """
                                        {"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},
                                         "clientInfo":{"name":"chaos","version":"1"}}\
                                        """))
                        .join();
                client.notify("notifications/initialized", null);
            }
            var free = new Semaphore(CONCURRENT);
            for (int call = 0; call < calls; call++) {
                free.acquire();
                int index = call;
                client.request("tools/call", params(call))
                        .whenComplete((response, _) -> {
                            answered.incrementAndGet();
                            answers.put(index, text(response));
                            free.release();
                        });
            }
            free.acquire(CONCURRENT);
        }

        private String key(int call) {
            return number + "-" + call;
        }

        private boolean asks(int call) {
            return !modern && call % 20 == 0;
        }

        private ObjectNode params(int call) {
            ObjectNode params = JSON.createObjectNode();
            params.put("name", asks(call) ? "ask" : "increment");
            params.putObject("arguments").put("key", key(call));
            ObjectNode meta = params.putObject("_meta").put("progressToken", key(call));
            if (modern) {
                meta.put("io.modelcontextprotocol/protocolVersion", "2026-07-28");
                meta.putObject("io.modelcontextprotocol/clientCapabilities");
            }
            return params;
        }

        private static String text(@Nullable Response response) {
            return response instanceof ResultResponse(_, var result)
                    ? result.at("/content/0/text").asString()
                    : String.valueOf(response);
        }

        @Override
        public synchronized String toString() {
            return "client %d: %s".formatted(number, Set.copyOf(states));
        }

        synchronized boolean isLost() {
            return states.stream()
                    .anyMatch(state ->
                            state instanceof ClientState.Lost
                                    || state instanceof ClientState.Closed);
        }

        void verify(int calls) {
            assertThat(answered.get()).as("answers of client %d", number).isEqualTo(calls);
            List<Integer> steps = List.of(1, 2, 3);
            for (int call = 0; call < calls; call++) {
                String key = key(call);
                assertThat(answers.get(call)).as(key).isEqualTo("run 1");
                assertThat(tools.runs.get(key).get()).as("runs of %s", key).isEqualTo(1);
                if (asks(call)) {
                    assertThat(questions.get(key).get()).as("questions of %s", key).isEqualTo(1);
                } else {
                    assertThat(progress.get(key)).as("progress of %s", key).isEqualTo(steps);
                }
            }
        }

        @Override
        public void close() {
            client.close();
        }
    }

    private static ObjectNode object(String json) {
        return (ObjectNode) JSON.readTree(json);
    }

    @Test
    void cutsLoseNothingAndDoubleNothing() throws Exception {
        System.out.printf("chaos: %d calls, -Dchaos.seed=%d%n", CALLS, SEED);
        int each = CALLS / CLIENTS;
        long before = usedHeap();
        try (var proxy = new CuttingProxy(port, MEAN_BYTES, SEED)) {
            List<Caller> callers = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            var failures = new ConcurrentHashMap<Integer, Throwable>();
            for (int i = 0; i < CLIENTS; i++) {
                var caller = new Caller(i, i % 2 == 0, proxy.port());
                callers.add(caller);
                threads.add(
                        Thread.ofVirtual()
                                .start(() -> {
                                    try {
                                        caller.run(each);
                                    } catch (Throwable e) {
                                        failures.put(caller.number, e);
                                    }
                                }));
            }
            for (Thread thread : threads) {
                await().atMost(Duration.ofMinutes(10))
                        .until(() ->
                                !thread.isAlive() || callers.stream().anyMatch(Caller::isLost));
            }
            assertThat(callers).noneMatch(Caller::isLost);
            assertThat(failures).isEmpty();
            callers.forEach(caller -> caller.verify(each));
            System.out.printf(
                    "chaos: %d cuts, %d of them silent; %.0f resumes%n",
                    proxy.cuts(), proxy.silences(), (double) resumable.counters().resumed());
            assertThat(proxy.cuts()).isGreaterThanOrEqualTo(CALLS / 10);
            proxy.calm();
            callers.forEach(Caller::close);
        }
        tools.runs.clear();
        await().untilAsserted(() -> assertThat(resumable.bufferedBytes()).isZero());
        long after = usedHeap();
        System.out.printf("chaos: heap %d KB before, %d KB after%n", before >> 10, after >> 10);
        assertThat(after - before).as("heap kept").isLessThan(20L << 20);
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
