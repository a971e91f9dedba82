package io.springline.relay.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.relay.client.UpstreamConnection;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.stdio.ProcessStarts;
import io.springline.relay.upstream.UpstreamStatus.Phase;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class UpstreamConnectionHolderTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration NONE = Duration.ZERO;

    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final List<FakeTransport> transports = new CopyOnWriteArrayList<>();
    private @Nullable RuntimeException failure;
    private volatile @Nullable String ending;
    private volatile boolean parrot;
    private volatile @Nullable Absence absence;
    private volatile @Nullable ProcessStarts starts;
    private UpstreamConnectionHolder slot = slot();

    /** Answers the handshake once it may. */
    private final class FakeTransport implements UpstreamTransport {

        private final CountDownLatch closed = new CountDownLatch(1);
        private @Nullable String end = ending;
        private Receiver receiver;

        @Override
        public void start(Receiver to) throws IOException {
            receiver = to;
            started.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            }
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public void send(JsonRpcMessage message) {
            if (end != null) {
                receiver.closed(end);
            } else if (parrot) {
                receiver.receivedOnSharedStream(message);
            } else if (message instanceof Request request) {
                receiver.receivedOnSharedStream(
                        new ResultResponse(
                                request.id(),
                                JsonMapper.shared()
                                        .readTree("{\"protocolVersion\":\"2025-11-25\"}")));
            }
        }

        @Override
        public void cancel(RequestId request, Notification notification) {}

        @Override
        public void close() {
            if (closed.getCount() > 0) {
                closed.countDown();
                receiver.closed("closed by the test");
            }
        }
    }

    private UpstreamConnectionHolder slot() {
        return new UpstreamConnectionHolder(
                "x",
                RelayProperties.Upstream.process("x", List.of(), Map.of(), null),
                RelayProperties.Mode.SHARED,
                new TransportSource() {
                    @Override
                    public UpstreamTransport create() {
                        var transport = new FakeTransport();
                        transports.add(transport);
                        return transport;
                    }

                    @Override
                    public @Nullable Absence absence() {
                        return absence;
                    }

                    @Override
                    public @Nullable ProcessStarts starts() {
                        return starts;
                    }
                },
                JsonNodeFactory.instance.objectNode(),
                new UpstreamConnectionHolder.Listener() {
                    @Override
                    public void connected(UpstreamConnection connection) {}

                    @Override
                    public void notified(String method, @Nullable ObjectNode params) {}

                    @Override
                    public void closed(String reason) {}

                    @Override
                    public void trouble(String what) {}
                });
    }

    private CompletableFuture<UpstreamConnection> acquiring() {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return slot.acquire(LONG, NONE);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> Thread.startVirtualThread(task));
    }

    @AfterEach
    void stop() {
        goOn.countDown();
        slot.close();
    }

    @Test
    void showsItsStateAndLetsCallersGoWhileItConnects() throws Exception {
        var patient = acquiring();
        started.await();
        assertThat(slot.status().phase()).isEqualTo(Phase.CONNECTING);
        assertThatThrownBy(() -> slot.acquire(Duration.ofMillis(20), NONE))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("not connected after 20 ms");
        assertThat(patient).isNotDone();
        goOn.countDown();
        assertThat(patient.get(60, TimeUnit.SECONDS).client().isOpen()).isTrue();
        assertThat(slot.status().phase()).isEqualTo(Phase.UP);
    }

    @Test
    void makesOneConnectionForAllThatWait() throws Exception {
        var first = acquiring();
        var second = acquiring();
        started.await();
        goOn.countDown();
        assertThat(first.get(60, TimeUnit.SECONDS)).isSameAs(second.get(60, TimeUnit.SECONDS));
        assertThat(transports).hasSize(1);
    }

    @Test
    void failsAtOnceWhileTheNextAttemptIsNotDue() {
        failure = new IllegalArgumentException("of any type");
        goOn.countDown();
        assertThatThrownBy(() -> slot.acquire(LONG, NONE))
                .isInstanceOf(UpstreamException.class)
                .hasMessageContaining("of any type");
        assertThat(slot.status().phase()).isEqualTo(Phase.DOWN);
        assertThat(slot.status().trouble()).contains("of any type");
        failure = null;
        await().untilAsserted(() -> assertThat(slot.acquire(LONG, LONG)).isNotNull());
    }

    @Test
    void abandonsAnAttemptWhenItCloses() throws Exception {
        var waiting = acquiring();
        started.await();
        slot.close();
        assertThat(waiting)
                .failsWithin(60, TimeUnit.SECONDS)
                .withThrowableThat()
                .withMessageContaining("is closed");
        assertThat(slot.status().phase()).isEqualTo(Phase.CLOSED);
    }

    @Test
    void connectsAgainAfterItWasReleased() throws Exception {
        goOn.countDown();
        UpstreamConnection first = slot.acquire(LONG, NONE);
        slot.releaseIfIdle(NONE);
        assertThat(slot.status().phase()).isEqualTo(Phase.DOWN);
        assertThat(slot.acquire(LONG, NONE)).isNotSameAs(first);
        assertThat(slot.status().failures()).isZero();
        assertThat(slot.status().connects()).isEqualTo(2);
    }

    @Test
    void saysOfAProcessThatEndsAtOnceThatItEnded() {
        ending = "Upstream 'x' exited with status 3";
        goOn.countDown();
        assertThatThrownBy(() -> slot.acquire(LONG, NONE)).isInstanceOf(UpstreamException.class);
        assertThat(slot.status().trouble()).isEqualTo("Upstream 'x' exited with status 3");
    }

    @Test
    void saysOfAProcessThatRepeatsWhatItReadsThatItIsNoServer() {
        parrot = true;
        goOn.countDown();
        assertThatThrownBy(() -> slot.acquire(LONG, NONE)).isInstanceOf(UpstreamException.class);
        assertThat(slot.status().trouble()).contains("it is not an MCP server");
    }

    @Test
    void aCallWaitsForAnAbsentUpstreamAsLongAsItIsPatient() throws Exception {
        goOn.countDown();
        absence = new Absence(Instant.EPOCH, LONG);
        var waiting = CompletableFuture.supplyAsync(() -> acquired(LONG));
        await().until(() -> slot.hasWaiters());
        assertThat(transports).isEmpty();
        absence = null;
        slot.retryNow();
        assertThat(waiting.get(60, TimeUnit.SECONDS).client().isOpen()).isTrue();
    }

    @Test
    void aCallToAnUpstreamThatHasBeenAbsentForLongFailsAtOnceWithTheTime() {
        absence = new Absence(Instant.EPOCH, NONE);
        assertThatThrownBy(() -> slot.acquire(LONG, LONG))
                .isInstanceOf(AbsentUpstreamException.class)
                .hasMessage("Upstream 'x' is offline since 00:00 UTC; it has to connect again");
        assertThat(transports).isEmpty();
    }

    @Test
    void aCallThatWaitsForAnAbsentUpstreamIsToldTheTimeAlsoIfTheUpstreamIsGivenUp() {
        absence = new Absence(Instant.EPOCH, LONG);
        var waiting = CompletableFuture.supplyAsync(() -> acquired(LONG));
        await().until(() -> slot.hasWaiters());
        slot.close();
        assertThatThrownBy(() -> waiting.get(60, TimeUnit.SECONDS))
                .hasCauseInstanceOf(AbsentUpstreamException.class)
                .hasMessageContaining("is offline since 00:00 UTC");
    }

    @Test
    void connectsForACallerBeforeUpstreamsThatAreOnlyKeptConnected() throws Exception {
        var bound = new ProcessStarts(1, LONG);
        starts = bound;
        ProcessStarts.Turn other = bound.await("other", () -> false);
        UpstreamConnectionHolder kept = slot();
        Thread keeper = Thread.startVirtualThread(() -> keep(kept));
        await().until(() -> bound.waiting() == 1);
        var called = acquiring();
        await().until(() -> bound.waiting() == 2);
        other.close();
        started.await();
        assertThat(slot.waitsFor(NONE)).startsWith("no answer to the handshake");
        assertThat(kept.waitsFor(NONE)).startsWith("waits until other processes have started");
        goOn.countDown();
        assertThat(called.get(60, TimeUnit.SECONDS).client().isOpen()).isTrue();
        assertThat(keeper.join(LONG)).isTrue();
        assertThat(kept.status().phase()).isEqualTo(Phase.UP);
        kept.close();
    }

    private static void keep(UpstreamConnectionHolder kept) {
        try {
            kept.keepConnected();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private UpstreamConnection acquired(Duration patience) {
        try {
            return slot.acquire(patience, patience);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
