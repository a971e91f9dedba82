package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.resume.store.LocalSessionStore;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionLease.Written;
import io.springline.resume.store.SessionStore;
import io.springline.resume.store.SessionStore.Opened;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/**
 * What a client is told that it has agreed on, another node must be able to go on with: it may come
 * back there the next moment.
 */
class WrittenFirstTest {

    private enum Agreement {
        INITIALIZE(
                """
                {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}\
                """),
        LISTEN(
                """
                {"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{%s,"notifications":{"toolsListChanged":true}}}\
                """
                        .formatted(McpPeer.meta("{}")));

        private final String request;

        Agreement(String request) {
            this.request = request;
        }
    }

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Fixture {

        final List<String> tooEarly = Collections.synchronizedList(new ArrayList<>());
        volatile @Nullable InMemoryPeer peer;
        volatile Outcome outcome = Outcome.KEPT;
        volatile int written;

        /** Does not wait, but records what was sent to the client by then. */
        @Bean
        @Primary
        SessionStore watched() {
            var real = new LocalSessionStore();
            return ReplacedResult.of(
                    SessionStore.class, real, "open", opened -> watched((Opened) opened));
        }

        private Opened watched(Opened opened) {
            return new Opened(
                    ReplacedResult.of(SessionLease.class, opened.lease(), "state", _ -> looking()),
                    opened.outcome());
        }

        private Written looking() {
            return new Written() {
                @Override
                public Outcome await() throws InterruptedException {
                    return look();
                }

                @Override
                public boolean isKept() {
                    return outcome == Outcome.KEPT;
                }
            };
        }

        private Outcome look() throws InterruptedException {
            InMemoryPeer watching = peer;
            String told = watching == null ? null : watching.poll(0);
            if (told != null) {
                tooEarly.add(told);
            }
            written++;
            return outcome;
        }
    }

    @ParameterizedTest
    @EnumSource
    void sendsNothingBeforeTheStateIsWritten(Agreement agreement) {
        with(
                agreement,
                Outcome.KEPT,
                (fixture, peer) -> {
                    assertThat(fixture.tooEarly).isEmpty();
                    assertThat(peer.receive()).isNotNull();
                });
    }

    @ParameterizedTest
    @EnumSource
    void answersNothingThatOtherNodesCannotSee(Agreement agreement) {
        with(
                agreement,
                Outcome.LOST,
                (fixture, peer) -> {
                    await().until(() -> peer.session().inFlight().count() == 0);
                    assertThat(fixture.tooEarly).isEmpty();
                    assertThat(peer.poll(0)).isNull();
                    assertThat(peer.session().subscriptions().listens()).isEmpty();
                });
    }

    private interface Check {
        void that(Fixture fixture, InMemoryPeer peer) throws Exception;
    }

    private static void with(Agreement agreement, Outcome outcome, Check check) {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .run(context -> {
                    var fixture = context.getBean(Fixture.class);
                    try (var peer = new InMemoryPeer(context)) {
                        peer.ask(
                                "{\"jsonrpc\":\"2.0\",\"id\":\"o\",\"method\":\"springline/open\"}");
                        fixture.outcome = outcome;
                        fixture.peer = peer;
                        peer.send(agreement.request);
                        await().until(() -> fixture.written > 0);
                        check.that(fixture, peer);
                    }
                });
    }
}
