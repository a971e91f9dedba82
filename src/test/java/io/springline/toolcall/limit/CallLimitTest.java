package io.springline.toolcall.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.feature.RequestContext;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import io.springline.toolcall.limit.CallLimitProperties.Rule;
import io.springline.toolcall.limit.CallLimitStore.Counter;
import io.springline.toolcall.limit.CallLimitStore.Slots;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A call beyond a limit fails at once and says when to try again; others are not concerned. */
class CallLimitTest {

    private static ApplicationContextRunner runner() {
        return CoreContext.runner()
                .withBean(
                        "work",
                        Tool.class,
                        () -> Tool.named("work").handler((_, _) -> ToolResult.text("done")))
                .withBean(
                        "rest",
                        Tool.class,
                        () -> Tool.named("rest").handler((_, _) -> ToolResult.text("done")));
    }

    private static InMemoryPeer peer(ApplicationContext context, String name) {
        return new InMemoryPeer(
                context, McpSession.MAIN_ENDPOINT, new Caller(name, Set.of(), null));
    }

    private static String request(int id, String tool) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%s",%s}}\
        """
                .formatted(id, tool, McpPeer.meta("{}"));
    }

    private static JsonNode call(InMemoryPeer peer, String tool) throws Exception {
        return peer.ask(request(1, tool));
    }

    private static void assertDone(JsonNode answer) {
        assertThat(answer.at("/result/content/0/text").asString())
                .as("%s", answer)
                .isEqualTo("done");
    }

    private static void assertRefused(JsonNode answer, long minMillis, long maxMillis) {
        assertThat(answer.at("/error/code").asInt()).as("%s", answer).isEqualTo(-32603);
        assertThat(answer.at("/error/message").asString()).contains("springline.call-limits");
        assertThat(answer.at("/error/data/retryAfterMs").asLong()).isBetween(minMillis, maxMillis);
    }

    /** Waits in {@code prepare} until it is told to go on. */
    private record Prepared(CountDownLatch waits, CountDownLatch goesOn) implements ToolHandler {

        @Override
        public @Nullable ToolOutcome prepare(RequestContext context) throws InterruptedException {
            waits.countDown();
            goesOn.await();
            return null;
        }

        @Override
        public ToolOutcome call(RequestContext context, ObjectNode arguments) {
            return ToolResult.text("done");
        }
    }

    @Test
    void doesNotCountACallThatWaitsForAPersonAsRunning() {
        var prepared = new Prepared(new CountDownLatch(1), new CountDownLatch(1));
        runner().withBean("asking", Tool.class, () -> Tool.named("asking").handler(prepared))
                .withPropertyValues(
                        "springline.call-limits.rules[0].tools=asking,work",
                        "springline.call-limits.rules[0].per=principal",
                        "springline.call-limits.rules[0].concurrent=1")
                .run(context -> {
                    try (var ada = peer(context, "ada");
                            var again = peer(context, "ada")) {
                        ada.send(request(1, "asking"));
                        assertThat(prepared.waits.await(1, TimeUnit.MINUTES)).isTrue();
                        assertDone(call(again, "work"));
                        prepared.goesOn.countDown();
                        assertDone(ada.receive());
                    }
                });
    }

    @Test
    void limitsTheRateOfEachPrincipal() {
        runner().withPropertyValues(
                        "springline.call-limits.rules[0].tools=work",
                        "springline.call-limits.rules[0].per=principal",
                        "springline.call-limits.rules[0].rate=2/h")
                .run(context -> {
                    try (var ada = peer(context, "ada");
                            var bob = peer(context, "bob")) {
                        assertDone(call(ada, "work"));
                        assertDone(call(ada, "work"));
                        assertRefused(call(ada, "work"), 1, 1_800_000);
                        assertDone(call(ada, "rest"));
                        assertDone(call(bob, "work"));
                        assertThat(context.getBean(CallLimits.class).refusedByRate()).isOne();
                    }
                });
    }

    @Test
    void limitsTheCallsThatRunAtATime() {
        var begun = new CountDownLatch(1);
        var end = new CountDownLatch(1);
        runner().withBean(
                        "slow",
                        Tool.class,
                        () ->
                                Tool.named("slow")
                                        .handler((_, _) -> {
                                            begun.countDown();
                                            end.await();
                                            return ToolResult.text("done");
                                        }))
                .withPropertyValues(
                        "springline.call-limits.rules[0].per=principal",
                        "springline.call-limits.rules[0].concurrent=1")
                .run(context -> {
                    try (var ada = peer(context, "ada");
                            var bob = peer(context, "bob")) {
                        ada.send(request(7, "slow"));
                        assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
                        assertRefused(call(ada, "work"), 1000, 1000);
                        assertDone(call(bob, "work"));
                        end.countDown();
                        assertDone(ada.receive());
                        Awaitility.await()
                                .atMost(Duration.ofSeconds(60))
                                .until(() -> call(ada, "work"), answer -> answer.has("result"));
                    } finally {
                        end.countDown();
                    }
                });
    }

    @Test
    void countsToolsAndUpstreamsByTheirOwnNames() {
        var json = new JsonMapper();
        var definition = (ObjectNode) json.readTree("{\"name\":\"tidy\"}");
        var tool =
                Tool.relayed(
                        definition,
                        (_, _) -> ToolResult.text(""),
                        List.of("erase", "files_erase"),
                        "files");
        var all = Set.of(CallLimitProperties.Per.values());
        var rule =
                new Rule(
                        List.of("files_*"),
                        List.of("fi*"),
                        List.of("sup*"),
                        all,
                        new CallRate(1, Duration.ofDays(1)),
                        null);
        assertThat(rule.matches(tool, "support")).isTrue();
        assertThat(rule.matches(tool, "")).isFalse();
        assertThat(rule.key(tool, "support", "ada")).isEqualTo("/at/support/files/erase/ada");
    }

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1000);
    private final LocalCallLimitStore store = new LocalCallLimitStore(now::get);

    private Duration take(String key, int count) {
        return store.take(List.of(new Counter(key, new CallRate(count, Duration.ofSeconds(1)))));
    }

    @Test
    void saysExactlyWhenACallIsEarnedAgain() {
        assertThat(take("a", 2)).isZero();
        assertThat(take("a", 2)).isZero();
        assertThat(take("a", 2)).isEqualTo(Duration.ofMillis(500));
        now.addAndGet(Duration.ofMillis(499).toNanos());
        assertThat(take("a", 2)).isEqualTo(Duration.ofMillis(1));
        now.addAndGet(Duration.ofMillis(1).toNanos());
        assertThat(take("a", 2)).isZero();
        assertThat(take("a", 2)).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void countsAtAllCountersOrAtNone() {
        var rate = new CallRate(1, Duration.ofSeconds(1));
        assertThat(take("full", 1)).isZero();
        assertThat(store.take(List.of(new Counter("free", rate), new Counter("full", rate))))
                .isPositive();
        assertThat(take("free", 1)).isZero();
        assertThat(store.hold(List.of(new Slots("full", 1)))).isNotNull();
        assertThat(store.hold(List.of(new Slots("free", 1), new Slots("full", 1)))).isNull();
        assertThat(store.hold(List.of(new Slots("free", 1)))).isNotNull();
    }

    @Test
    void forgetsTheCounterThatWasNotUsedForLongest() {
        assertThat(take("first", 1)).isZero();
        assertThat(take("second", 1)).isZero();
        for (int i = 0; i < LocalCallLimitStore.MAX_COUNTERS - 1; i++) {
            take("k" + i, 1);
        }
        assertThat(take("second", 1)).isPositive();
        assertThat(take("first", 1)).isZero();
    }

    @Test
    void rejectsRulesThatCannotWork() {
        var none = new Rule(List.of(), List.of(), List.of(), Set.of(), null, null);
        assertThatThrownBy(() -> new CallLimitProperties(List.of(none)))
                .hasMessage(
                        "springline.call-limits.rules[0]: limits nothing. Set rate or concurrent");
        var zero = new Rule(List.of(), List.of(), List.of(), Set.of(), null, 0);
        assertThatThrownBy(() -> new CallLimitProperties(List.of(zero)))
                .hasMessageContaining("rules[0].concurrent: must be 1 to");
        assertThatThrownBy(() -> CallRate.valueOf("10/week"))
                .hasMessageContaining("'10/week' is not a rate such as");
    }
}
