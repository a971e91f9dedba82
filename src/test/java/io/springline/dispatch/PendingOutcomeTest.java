package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.result.InputRequest;
import io.springline.feature.result.PendingOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.session.Caller;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.security.core.context.SecurityContextHolder;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Calls that wait for an answer without a thread. The thread of the test reads the answer. */
class PendingOutcomeTest {

    private static final String CALL =
            "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"wait\",\"arguments\":{}}}";

    private static final String CANCEL =
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":7}}";

    private static final String MODERN = "2026-07-28";

    private static final String MODERN_CALL =
            "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"wait\",\"arguments\":{},%s%s}}";

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Fixture {

        final CompletableFuture<Boolean> answered = new CompletableFuture<>();
        final CountDownLatch called = new CountDownLatch(1);
        final CountDownLatch cancelled = new CountDownLatch(1);
        volatile @Nullable Thread restRanOn;
        volatile Consumer<RequestContext> beforeItWaits = _ -> {};
        volatile Runnable duringTheRest = () -> {};

        @Bean
        Tool pending() {
            return Tool.named("wait")
                    .description("Waits")
                    .inputSchema("{\"type\":\"object\"}")
                    .handler((context, _) -> {
                        assertThat(context.acceptsPending()).isTrue();
                        context.onCancel(cancelled::countDown);
                        called.countDown();
                        beforeItWaits.accept(context);
                        return new PendingOutcome(answered, this::rest);
                    });
        }

        private ToolResult rest() {
            restRanOn = Thread.currentThread();
            duringTheRest.run();
            return ToolResult.text("done");
        }
    }

    private interface Scenario {
        void run(InMemoryPeer peer, Fixture tool) throws Exception;
    }

    /** Runs the scenario once the call waits. */
    private static void whileTheCallWaits(Scenario scenario) {
        withClient((peer, tool) -> {
            peer.send(CALL);
            tool.called.await();
            await().until(() -> tool.answered.getNumberOfDependents() > 0);
            scenario.run(peer, tool);
        });
    }

    private static void withClient(Scenario scenario) {
        withClient("2025-11-25", scenario);
    }

    private static void withClient(String version, Scenario scenario) {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    var identity =
                            new Identity(
                                    Caller.ANONYMOUS,
                                    new ProcessorShares(1, 1).of("client"),
                                    UnreadMemory.unlimited());
                    try (var peer = new InMemoryPeer(context, McpSession.MAIN_ENDPOINT, identity)) {
                        if (!version.equals(MODERN)) {
                            peer.initialize(version, "{}");
                        }
                        scenario.run(peer, context.getBean(Fixture.class));
                    }
                });
    }

    @Test
    void answersOnTheThreadThatHasReadTheAnswer() {
        whileTheCallWaits((peer, tool) -> {
            tool.answered.complete(true);
            assertThat(tool.restRanOn).isSameAs(Thread.currentThread());
            assertThat(peer.poll(0)).contains("done").contains("\"id\":7");
            assertThat(peer.session().inFlight().count()).isZero();
        });
    }

    @Test
    void blocksNoReaderIfTheClientDoesNotRead() {
        whileTheCallWaits((peer, tool) -> {
            peer.connection().stopReading();
            // Blocks for ever if this thread waits for the client.
            tool.answered.complete(true);
            await().until(() -> tool.restRanOn != null);
            assertThat(tool.restRanOn).isNotSameAs(Thread.currentThread());
            assertThat(peer.session().inFlight().count()).isOne();
            peer.connection().startReading();
            assertThat(peer.receive().path("id").asInt()).isEqualTo(7);
        });
    }

    @Test
    void blocksNoReaderIfTheClientUsesItsShareOfTheProcessors() {
        whileTheCallWaits((peer, tool) -> {
            var reader = new Thread(() -> tool.answered.complete(true));
            peer.session()
                    .share()
                    .run(() -> {
                        reader.start();
                        // Fails if the reader waits for the share.
                        await().atMost(Duration.ofMinutes(1)).until(() -> !reader.isAlive());
                        return true;
                    });
            assertThat(peer.receive().path("id").asInt()).isEqualTo(7);
            assertThat(tool.restRanOn).isNotSameAs(reader);
        });
    }

    @Test
    void usesAVirtualThreadIfTheRestMayBlock() {
        whileTheCallWaits((peer, tool) -> {
            tool.answered.complete(false);
            assertThat(peer.receive().path("id").asInt()).isEqualTo(7);
            assertThat(tool.restRanOn).matches(Thread::isVirtual);
        });
    }

    @Test
    void answersACallWhoseUpstreamHasFailed() {
        whileTheCallWaits((peer, tool) -> {
            tool.answered.completeExceptionally(new IllegalStateException("crash"));
            assertThat(peer.receive().path("id").asInt()).isEqualTo(7);
        });
    }

    @Test
    void sendsNoAnswerAfterACancellation() {
        whileTheCallWaits((peer, tool) -> {
            peer.send(CANCEL);
            tool.cancelled.await();
            tool.answered.complete(true);
            assertThat(tool.restRanOn).isSameAs(Thread.currentThread());
            peer.send("{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"ping\"}");
            assertThat(peer.receive().path("id").asInt()).isEqualTo(8);
            assertThat(peer.session().inFlight().count()).isZero();
        });
    }

    /**
     * The thread that has begun a call. It serves other calls afterwards, so that an interrupt of
     * the first must not reach it.
     */
    private static final class FirstThread implements Executor {

        private final CountDownLatch left = new CountDownLatch(1);
        private final CountDownLatch checked = new CountDownLatch(1);
        private final CompletableFuture<Boolean> wasInterrupted = new CompletableFuture<>();

        @Override
        public void execute(Runnable call) {
            Thread.startVirtualThread(() -> {
                call.run();
                left.countDown();
                boolean interrupted = false;
                try {
                    checked.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                wasInterrupted.complete(interrupted);
            });
        }

        void requireUninterrupted() {
            checked.countDown();
            assertThat(wasInterrupted.orTimeout(60, TimeUnit.SECONDS).join()).isFalse();
        }
    }

    @Test
    void takesTheInterruptFromAThreadWhoseCallIsCancelledBeforeItWaits() {
        withClient((peer, tool) -> {
            var first = new FirstThread();
            tool.beforeItWaits =
                    _ -> {
                        while (tool.cancelled.getCount() > 0) {
                            Thread.yield();
                        }
                    };
            peer.send(CALL, first);
            tool.called.await();
            peer.send(CANCEL);
            first.left.await();
            first.requireUninterrupted();
        });
    }

    @Test
    void interruptsNoThreadWhenAWaitingCallIsCancelled() {
        withClient((peer, tool) -> {
            var first = new FirstThread();
            peer.send(CALL, first);
            first.left.await();
            peer.send(CANCEL);
            tool.cancelled.await();
            first.requireUninterrupted();
        });
    }

    @Test
    void interruptsTheThreadThatContinuesACall() {
        withClient((peer, tool) -> {
            var first = new FirstThread();
            var interrupted = new CountDownLatch(1);
            var continued = new CountDownLatch(1);
            tool.duringTheRest =
                    () -> {
                        continued.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            interrupted.countDown();
                        }
                    };
            peer.send(CALL, first);
            first.left.await();
            tool.answered.complete(false);
            continued.await();
            peer.send(CANCEL);
            assertThat(interrupted.await(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS)).isTrue();
            first.requireUninterrupted();
        });
    }

    /** An upstream may ask before the thread that has sent it the call has left the call. */
    @Test
    void interruptsNoThreadThatHasLeftACallThatAsks() {
        withClient(
                MODERN,
                (peer, tool) -> {
                    var first = new FirstThread();
                    var asked = new CountDownLatch(1);
                    var continued = new CountDownLatch(1);
                    tool.beforeItWaits =
                            context -> {
                                Thread.startVirtualThread(() -> ask(context, continued));
                                awaitUninterruptibly(asked);
                            };
                    String meta = McpPeer.meta("{\"elicitation\":{}}");
                    peer.send(MODERN_CALL.formatted(7, meta, ""), first);
                    String state = peer.receive().at("/result/requestState").asString();
                    asked.countDown();
                    first.left.await();
                    String answer =
                            ",\"inputResponses\":{\"input\":{\"action\":\"decline\"}},\"requestState\":\"%s\""
                                    .formatted(state);
                    peer.send(MODERN_CALL.formatted(8, meta, answer));
                    continued.await();
                    peer.send(
                            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{%s,\"requestId\":8}}"
                                    .formatted(meta));
                    tool.cancelled.await();
                    await().until(() -> peer.session().inFlight().count() == 0);
                    first.requireUninterrupted();
                });
    }

    private static void ask(RequestContext context, CountDownLatch continued) {
        ObjectNode form = JsonNodeFactory.instance.objectNode().put("type", "object");
        form.putObject("properties");
        try {
            context.ask(InputRequest.elicitation("Well?", form));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        continued.countDown();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void answersWithoutWaitingIfTheRoomIsTakenMeanwhile() {
        whileTheCallWaits((peer, tool) -> {
            tool.duringTheRest = peer.connection()::stopReading;
            // Blocks for ever if this thread waits for the client.
            tool.answered.complete(true);
            assertThat(peer.poll(0)).contains("\"id\":7");
        });
    }

    @Test
    void leavesTheConnectionToAnotherThreadIfMessagesWaitThere() {
        whileTheCallWaits((peer, tool) -> {
            peer.connection().queue(1);
            tool.answered.complete(true);
            assertThat(peer.receive().path("id").asInt()).isEqualTo(7);
            assertThat(tool.restRanOn).isNotSameAs(Thread.currentThread());
        });
    }

    @Test
    void writesNoBatchOnTheThreadThatHasReadTheAnswer() {
        withClient(
                "2025-03-26",
                (peer, tool) -> {
                    peer.send("[" + CALL + "]");
                    tool.called.await();
                    await().until(() -> tool.answered.getNumberOfDependents() > 0);
                    tool.answered.complete(true);
                    assertThat(peer.poll(60_000)).startsWith("[").contains("done");
                    assertThat(tool.restRanOn).isNotSameAs(Thread.currentThread());
                });
    }

    @Test
    void runsTheRestAsTheCaller() {
        whileTheCallWaits((peer, tool) -> {
            var name = new CompletableFuture<String>();
            tool.duringTheRest =
                    () ->
                            name.complete(
                                    String.valueOf(
                                            SecurityContextHolder.getContext()
                                                    .getAuthentication()));
            tool.answered.complete(true);
            assertThat(name.getNow("")).contains("anonymous");
        });
    }
}
