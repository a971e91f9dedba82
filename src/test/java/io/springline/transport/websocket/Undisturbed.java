package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.session.SessionRegistry;
import io.springline.testing.LogWatch;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.junit.jupiter.SpringExtension;

/**
 * Whatever a test does to the service: a second client is served all the while, in the end nothing
 * is left of the test's connections, and the log holds no alarm.
 */
final class Undisturbed implements BeforeEachCallback, AfterEachCallback, ParameterResolver {

    private static final ExtensionContext.Namespace HERE =
            ExtensionContext.Namespace.create(Undisturbed.class);

    @Override
    public void beforeEach(ExtensionContext test) {
        ApplicationContext service = SpringExtension.getApplicationContext(test);
        String port = service.getEnvironment().getProperty("local.server.port");
        test.getStore(HERE).put("bystander", new Bystander("ws://127.0.0.1:" + port + "/mcp"));
        test.getStore(HERE).put("log", new LogWatch());
    }

    @Override
    public void afterEach(ExtensionContext test) throws Exception {
        ApplicationContext service = SpringExtension.getApplicationContext(test);
        bystander(test).stop();
        // after each of some hundred tests: with the usual tenth of a second they add up
        await().pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> {
                    assertThat(service.getBean(Connections.class).all()).isEmpty();
                    assertThat(service.getBean(SessionRegistry.class).all()).isEmpty();
                });
        try (var log = test.getStore(HERE).get("log", LogWatch.class)) {
            assertThat(log.alarms()).isEmpty();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return parameter.getParameter().getType() == Bystander.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        return bystander(test);
    }

    private static Bystander bystander(ExtensionContext test) {
        return test.getStore(HERE).get("bystander", Bystander.class);
    }

    /** Calls a tool repeatedly until it is stopped. */
    static final class Bystander {

        private final List<Long> nanos = new CopyOnWriteArrayList<>();
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private volatile boolean stopped;

        Bystander(String uri) {
            Thread.ofVirtual()
                    .start(() -> {
                        try (var peer = SocketPeer.connect(uri)) {
                            run(peer);
                        } catch (Throwable thrown) {
                            end.completeExceptionally(thrown);
                        }
                    });
        }

        private void run(SocketPeer peer) {
            try {
                while (!stopped) {
                    call(peer);
                }
                call(peer);
                end.complete(null);
            } catch (Throwable thrown) {
                String state =
                        "the bystander was disturbed at its call %d; closed with %s"
                                .formatted(nanos.size(), peer.closeCode());
                end.completeExceptionally(new AssertionError(state, thrown));
            }
        }

        private void call(SocketPeer peer) throws Exception {
            long start = System.nanoTime();
            String call =
                    """
                    {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s,"name":"echo","arguments":{"message":"still here"}}}\
                    """
                            .formatted(nanos.size(), McpPeer.meta("{}"));
            assertThat(peer.ask(call).at("/result/content/0/text").asString())
                    .isEqualTo("Echo: still here");
            nanos.add(System.nanoTime() - start);
            Thread.sleep(2); // below the message rate
        }

        /** Fails if any call of it was not answered. */
        void stop() {
            stopped = true;
            end.join();
        }

        /** Of the calls so far, in milliseconds; 0 before the first. */
        double percentile(int percent) {
            long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
            return sorted.length == 0 ? 0 : sorted[(sorted.length - 1) * percent / 100] / 1e6;
        }

        void forget() {
            nanos.clear();
        }

        @Override
        public String toString() {
            return "%d calls, p50 %.1f ms, p99 %.1f ms, longest %.1f ms"
                    .formatted(nanos.size(), percentile(50), percentile(99), percentile(100));
        }
    }
}
