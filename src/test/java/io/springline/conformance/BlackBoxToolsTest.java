package io.springline.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.dispatch.call.RequestObserver;
import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.Transport;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class BlackBoxToolsTest {

    @Test
    void sleepsAndSaysHowLong() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{}");
            assertThat(Fixtures.text(peer.ask(Fixtures.legacyCall(1, "sleep", "{\"ms\":1}"))))
                    .isEqualTo("slept 1");
        });
    }

    @Test
    void aCancelledSleepEndsAtOnceAndWithoutAnAnswer() {
        var endings = new Endings();
        Fixtures.runner()
                .withBean(RequestObserver.class, () -> endings)
                .run(context -> {
                    try (var peer = new InMemoryPeer(context)) {
                        peer.initialize("2025-11-25", "{}");
                        assertThat(endings.next()).isEqualTo(RequestObserver.Outcome.RESULT);
                        peer.send(Fixtures.legacyCall(1, "sleep", "{\"ms\":600000}"));
                        peer.send(
                                """
                                {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}\
                                """);
                        assertThat(endings.next()).isEqualTo(RequestObserver.Outcome.CANCELLED);
                        // The id is free again, and what comes next answers its second use.
                        assertThat(
                                        Fixtures.text(
                                                peer.ask(
                                                        Fixtures.legacyCall(
                                                                1, "sleep", "{\"ms\":2}"))))
                                .isEqualTo("slept 2");
                    }
                });
    }

    @Test
    void countsCalls() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{}");
            assertThat(Fixtures.text(peer.ask(Fixtures.legacyCall(1, "increment", "{}"))))
                    .isEqualTo("1");
            assertThat(Fixtures.text(peer.ask(Fixtures.modernCall(2, "increment", ""))))
                    .isEqualTo("2");
        });
    }

    @Test
    void reportsEachStep() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{}");
            peer.send(
                    Fixtures.legacy(
                            1,
                            "tools/call",
                            """
                            {"name":"count_up","arguments":{"steps":3,"ms":1},"_meta":{"progressToken":"t"}}\
                            """));
            for (int step = 1; step <= 3; step++) {
                assertThat(peer.receive().path("params").toString())
                        .isEqualTo(
                                "{\"progressToken\":\"t\",\"progress\":%d,\"total\":3}"
                                        .formatted(step));
            }
            assertThat(Fixtures.text(peer.receive())).isEqualTo("counted to 3");
        });
    }

    @Test
    void givesTextOfTheWantedLengthWithinBounds() {
        Fixtures.talk(peer -> {
            peer.initialize("2025-11-25", "{}");
            assertThat(Fixtures.text(peer.ask(Fixtures.legacyCall(1, "blob", "{\"bytes\":0}"))))
                    .isEmpty();
            assertThat(
                            Fixtures.text(
                                    peer.ask(Fixtures.legacyCall(2, "blob", "{\"bytes\":100000}"))))
                    .hasSize(100_000);
            JsonNode tooMuch = peer.ask(Fixtures.legacyCall(3, "blob", "{\"bytes\":16777217}"));
            assertThat(tooMuch.at("/result/isError").asBoolean()).isTrue();
            assertThat(Fixtures.text(tooMuch)).contains("/bytes").contains("16777216");
        });
    }

    /** How the handlers ended, in order. */
    private static final class Endings implements RequestObserver {

        private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();

        Outcome next() throws InterruptedException {
            Outcome outcome = outcomes.poll(McpPeer.PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            assertThat(outcome).as("the end of a request").isNotNull();
            return outcome;
        }

        @Override
        public void ended(
                McpMethod method,
                ProtocolVersion version,
                Transport transport,
                Outcome outcome,
                long nanos) {
            outcomes.add(outcome);
        }
    }
}
