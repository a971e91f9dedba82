package io.springline.cluster;

import static io.springline.cluster.Nodes.call;
import static io.springline.cluster.Nodes.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Calls {@code count} on one connection again and again, one call at a time. */
final class SteadyCalls implements AutoCloseable {

    /** Far below what one connection may ask in a second. */
    private static final Duration PAUSE = Duration.ofMillis(5);

    /**
     * Answers that a resumable client acknowledges together, never the last one: {@link
     * #assertMovesTo} asks for that once more.
     */
    private static final int ACKNOWLEDGED = 50;

    private final SocketPeer peer;
    private final String name;
    private final @Nullable JsonNode grant;
    private final Thread calling;
    private volatile int answered;
    private volatile long slowestNanos;
    private volatile boolean ending;
    private volatile @Nullable Throwable failure;

    private SteadyCalls(RunningJar node, String name, boolean resumable) throws Exception {
        this.name = name;
        peer = Nodes.connect(node);
        grant = resumable ? Nodes.open(peer) : null;
        calling = Thread.ofVirtual().start(this::run);
    }

    static SteadyCalls plain(RunningJar node, String name) throws Exception {
        return new SteadyCalls(node, name, false);
    }

    static SteadyCalls resumable(RunningJar node, String name) throws Exception {
        return new SteadyCalls(node, name, true);
    }

    private void run() {
        try {
            while (!ending) {
                String key = key(answered + 1);
                long begun = System.nanoTime();
                JsonNode answer = peer.ask(call('"' + key + '"', "count", key, 0));
                slowestNanos = Math.max(slowestNanos, System.nanoTime() - begun);
                assertThat(text(answer)).as(answer.toString()).isEqualTo("ran " + key);
                answered++;
                if (grant != null && answered % ACKNOWLEDGED == 0) {
                    peer.send(
                            """
                            {"jsonrpc":"2.0","method":"springline/ack","params":{"received":%d}}\
                            """
                                    .formatted(answered - 1));
                }
                Thread.sleep(PAUSE);
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    private String key(int number) {
        return name + "-" + number;
    }

    /** Waits for more answers; fails as soon as a call has failed. */
    void awaitMore() {
        int before = answered;
        await().untilAsserted(() -> {
            throwFailure();
            assertThat(answered).as(name).isGreaterThan(before + 20);
        });
    }

    private void throwFailure() {
        assertThat(failure).as(name).isNull();
        assertThat(peer.closeCode()).as(name).isNull();
    }

    /** Makes no further calls; fails if one of them has failed. */
    SteadyCalls end() throws InterruptedException {
        ending = true;
        assertThat(calling.join(Duration.ofSeconds(20))).isTrue();
        throwFailure();
        return this;
    }

    /** What the session was opened with. */
    JsonNode grant() {
        return Objects.requireNonNull(grant, "a plain connection");
    }

    /** The session, after {@link #end}, goes on there, and its last answer is still known. */
    void assertMovesTo(RunningJar other) throws Exception {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(McpPeer.PATIENCE_MILLIS);
        while (!movesTo(other, until)) {
            // the client tries again
        }
    }

    /** Returns false if the node cannot reach Redis at present: the client is to try again. */
    private boolean movesTo(RunningJar other, long until) throws Exception {
        try (var next = Nodes.connect(other)) {
            next.send(Nodes.resumption(grant(), answered - 1));
            String answer = null;
            while (answer == null) {
                assertThat(System.nanoTime() - until).as("resumed at the other node").isNegative();
                if (next.closeCode() != null) {
                    assertThat(next.closeCode()).isEqualTo(1013);
                    return false;
                }
                answer = next.poll(100);
            }
            JsonNode resumed = McpPeer.JSON.readTree(answer);
            assertThat(resumed.at("/result/sent").asInt())
                    .as(resumed.toString())
                    .isBetween(answered - 1, answered); // kept already, or sent along
            assertThat(text(next.receive())).isEqualTo("ran " + key(answered));
            assertThat(text(next.ask(call("\"moved\"", "count", name + "-moved", 0))))
                    .isEqualTo("ran " + name + "-moved");
            return true;
        }
    }

    @Override
    public String toString() {
        return "%s: %d calls, the slowest %d ms"
                .formatted(name, answered, slowestNanos / 1_000_000);
    }

    @Override
    public void close() {
        ending = true;
        peer.cut();
    }
}
