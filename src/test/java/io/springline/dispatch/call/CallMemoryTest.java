package io.springline.dispatch.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.Tool;
import io.springline.feature.result.ToolResult;
import io.springline.session.Caller;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CallMemoryTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Caller ADA = new Caller("ada", Set.of(), null);
    private static final Caller EVE = new Caller("eve", Set.of(), null);

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Fixture {

        final CountDownLatch gate = new CountDownLatch(1);

        @Bean
        Tool waits() {
            return Tool.named("waits")
                    .description("Returns when the test says so, cancelled or not")
                    .handler((_, _) -> {
                        awaitUninterruptibly();
                        return ToolResult.text("done");
                    });
        }

        private void awaitUninterruptibly() {
            while (true) {
                try {
                    gate.await();
                    return;
                } catch (InterruptedException e) {
                    // works on
                }
            }
        }
    }

    private static JsonNode text(int length) {
        return JSON.readTree("{\"t\":\"%s\"}".formatted("x".repeat(length)));
    }

    @Test
    void estimatesTextsAndValues() {
        assertThat(CallMemory.size(text(10_000))).isBetween(10_000L, 10_500L);
        JsonNode wide = JSON.readTree("[" + "[],".repeat(9_999) + "[]]");
        assertThat(CallMemory.size(wide)).isBetween(600_000L, 1_000_000L);
    }

    @Test
    void limitsAPrincipalToHalfOfTheMemory() {
        var memory = new CallMemory(100_000);
        var first = memory.claim(EVE, text(20_000));
        assertThat(first).isNotNull();
        assertThat(memory.claim(EVE, text(20_000))).isNotNull();
        assertThat(memory.claim(EVE, text(20_000))).isNull();
        assertThat(memory.claim(ADA, text(20_000))).isNotNull();
        first.release();
        assertThat(memory.claim(EVE, text(20_000))).isNotNull();
    }

    @Test
    void admitsTheFirstCallOfAPrincipalOfAnySize() {
        var memory = new CallMemory(10_000);
        assertThat(memory.claim(EVE, text(50_000))).isNotNull();
        assertThat(memory.claim(EVE, text(2_000))).isNull();
        assertThat(memory.claim(ADA, text(50_000))).isNotNull();
        assertThat(memory.claim(ADA, text(2_000))).isNull();
    }

    @Test
    void doesNotCountSmallCalls() {
        var memory = new CallMemory(10_000);
        assertThat(memory.claim(EVE, text(50_000))).isNotNull();
        assertThat(memory.claim(EVE, text(500))).isNotNull();
        assertThat(memory.claim(EVE, null)).isNotNull();
    }

    @Test
    void keepsTheMemoryOfACallUntilItsHandlerHasReturned() {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .withPropertyValues(
                        "springline.requests.max-call-memory=100KB",
                        "springline.requests.max-in-flight=1")
                .run(context -> {
                    try (var peer = new InMemoryPeer(context, "", EVE)) {
                        peer.send(call(1));
                        peer.send(call(2)); // waits for the first
                        assertThat(peer.ask(call(3)).at("/error/message").asString())
                                .contains("springline.requests.max-call-memory");
                        peer.send(cancel(2)); // never begun: its room is free
                        peer.send(call(4));
                        assertThat(peer.ask(call(5)).has("error")).isTrue();
                        peer.send(cancel(1)); // works on: its room is not
                        assertThat(peer.ask(call(6)).has("error")).isTrue();
                        context.getBean(Fixture.class).gate.countDown();
                        assertThat(peer.receive().path("id").asInt()).isEqualTo(4);
                        var next = new AtomicInteger(7);
                        await().until(() -> peer.ask(call(next.getAndIncrement())).has("result"));
                    }
                });
    }

    private static String call(int id) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{%s,\"name\":\"waits\",\"arguments\":%s}}"
                .formatted(id, McpPeer.meta("{}"), text(20_000));
    }

    private static String cancel(int id) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":%d}}"
                .formatted(id);
    }
}
