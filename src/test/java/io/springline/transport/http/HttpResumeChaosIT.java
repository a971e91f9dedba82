package io.springline.transport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.feature.Tool;
import io.springline.feature.result.ToolResult;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.resume.ResumableSessions;
import io.springline.testing.CuttingProxy;
import io.springline.testing.HttpPeer;
import io.springline.transport.http.HttpChaosClient.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/**
 * What clients of each revision are promised when their connections are cut by a FIN, by a reset or
 * silently, at any byte of a POST or GET. {@code -Dchaos.cuts=1000} makes it as long as it is
 * meant, {@code -Dchaos.seed=…} repeats the cuts.
 */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {
            "springline.features.built-in=false",
            "springline.http.keep-alive=500ms",
            // a client that notices a silent cut late finds everything, however fast the others are
            "springline.session.max-buffered=64MB",
            "springline.websocket.max-connections-per-address=10000",
            "springline.websocket.connection-rate-per-address=1000000/s",
            "springline.requests.rate=1000000/s"
        })
@Import(HttpResumeChaosIT.Tools.class)
@Timeout(900)
class HttpResumeChaosIT {

    private static final int CUTS = Integer.getInteger("chaos.cuts", 100);
    private static final long SEED = Long.getLong("chaos.seed", System.nanoTime());

    /** Calls of one client at a time. */
    private static final int CONCURRENT = 4;

    /** Bytes that pass through a connection before it is cut: those of half a call. */
    private static final int MEAN_BYTES = 2_500;

    private static final List<String> REVISIONS =
            List.of("2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28");

    @LocalServerPort int port;
    @Autowired Tools tools;
    @Autowired LegacySessions sessions;
    @Autowired ResumableSessions resumable;

    static class Tools {

        static final int STEPS = 6;

        final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();

        @Bean
        Tool steps() {
            return Tool.named("steps")
                    .description("Counts its runs by key, and reports its steps")
                    .handler((context, arguments) -> {
                        String key = arguments.path("key").asString();
                        runs.computeIfAbsent(key, _ -> new AtomicInteger()).incrementAndGet();
                        for (int step = 1; step <= STEPS; step++) {
                            context.progress(step, (double) STEPS, "x".repeat(300));
                            Thread.sleep(1);
                        }
                        return ToolResult.text("ran " + key);
                    });
        }
    }

    @Test
    void keepsThePromiseOfEachRevision() throws Exception {
        System.out.printf("HTTP chaos: %d cuts, -Dchaos.seed=%d%n", CUTS, SEED);
        try (var proxy = new CuttingProxy(port, MEAN_BYTES, SEED)) {
            var clients = new ArrayList<HttpChaosClient>();
            for (String revision : REVISIONS) {
                clients.add(new HttpChaosClient(proxy.port(), revision, session(revision)));
            }
            var failures = new ConcurrentLinkedQueue<Throwable>();
            var callers = new ArrayList<Thread>();
            var listeners = new ArrayList<Thread>();
            for (HttpChaosClient client : clients) {
                for (int i = 0; i < CONCURRENT; i++) {
                    callers.add(
                            start(
                                    failures,
                                    () -> {
                                        while (proxy.cuts() < CUTS && failures.isEmpty()) {
                                            client.call();
                                        }
                                    }));
                }
                if (client.session() != null) {
                    listeners.add(start(failures, client::listen));
                }
            }
            var sent = new HashMap<String, Integer>();
            await().atMost(Duration.ofMinutes(12))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        announce(sent);
                        return proxy.cuts() >= CUTS || !failures.isEmpty();
                    });
            proxy.calm();
            join(callers);
            clients.forEach(client -> client.expect(sent.getOrDefault(client.session(), 0)));
            join(listeners);
            assertThat(failures).isEmpty();
            for (HttpChaosClient client : clients) {
                verify(client);
                client.verifyAnnouncements();
            }
        }
        assertNothingIsLeft();
    }

    private static Thread start(ConcurrentLinkedQueue<Throwable> failures, Work work) {
        return Thread.startVirtualThread(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                failures.add(e);
            }
        });
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            assertThat(thread.join(Duration.ofMinutes(2))).isTrue();
        }
    }

    /** Opens a session past the proxy: its loss is not what is tested. */
    private String session(String revision) throws Exception {
        if (revision.equals("2026-07-28")) {
            return null;
        }
        try (var peer = new HttpPeer(port, "/mcp")) {
            return peer.initialize(revision, "{}").header("Mcp-Session-Id");
        }
    }

    /** Sends the next number to each session, on the stream of its GET. */
    private void announce(Map<String, Integer> sent) {
        for (LegacySession each : sessions.all()) {
            int number = sent.merge(each.id(), 1, Integer::sum);
            var params = new JsonMapper().createObjectNode().put("level", "info");
            each.session()
                    .send(new Notification("notifications/message", params.put("data", number)));
        }
    }

    private void verify(HttpChaosClient client) {
        int twice = 0;
        int repeated = 0;
        for (Call call : client.calls()) {
            int runs = tools.runs.get(call.key()).get();
            assertThat(runs).as("runs of %s", call).isBetween(1, call.attempts());
            repeated += call.attempts() > 1 ? 1 : 0;
            twice += runs > 1 ? 1 : 0;
        }
        System.out.printf(
                "HTTP chaos: %s: %d calls, each with one answer; %d resumed; %d repeated by the client, %d of these ran again; %d announcements%n",
                client.revision(),
                client.calls().size(),
                client.resumed(),
                repeated,
                twice,
                client.announcements().size());
        assertThat(client.calls()).isNotEmpty();
    }

    private void assertNothingIsLeft() {
        await().until(() -> sessions.all().stream().noneMatch(LegacySession::isInUse));
        List.copyOf(sessions.all()).forEach(sessions::end);
        await().until(() -> resumable.bufferedBytes() == 0);
        assertThat(resumable.count()).isZero();
    }
}
