package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.cluster.node.ClusterMembership;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.resume.SessionProperties;
import io.springline.resume.SimulatedSessions;
import io.springline.resume.store.ResumeResult;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Resumed;
import io.springline.resume.store.ResumeResult.Unavailable;
import io.springline.resume.store.ResumeToken;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.testing.RecordingConnection;
import io.springline.testing.RedisServer;
import io.springline.testing.TcpProxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.util.unit.DataSize;

/** Two clients come back with one token to one node at once, and Redis takes 100 ms to answer. */
class SlowRedisIT {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static final int TRIES = 60;
    private static final long ONE_WAY_MILLIS = 50;
    private static final Caller ALICE = new Caller("alice", Set.of(), null);

    /** One client's attempt: its connection, and what became of it. */
    private record Attempt(RecordingConnection socket, AtomicReference<ResumeResult> result) {

        boolean isConnected() {
            return result.get() instanceof Resumed && socket.closed() == null;
        }
    }

    private static SimulatedSessions sessions(TestNode node) {
        return new SimulatedSessions(
                new SessionProperties(Duration.ofMinutes(1), DataSize.ofMegabytes(1), 1_000),
                node.store(),
                () -> UUID.randomUUID().toString(),
                System::nanoTime,
                Thread::startVirtualThread);
    }

    private static McpSession session(RecordingConnection socket) {
        return new McpSession(
                ALICE,
                socket,
                JsonRpcCodec.json(1_000),
                new SessionLimits(8, Duration.ofMinutes(1), new Rate(1_000)));
    }

    private static Outbound greeting(AtomicReference<Grant> granted, Grant grant) {
        granted.set(grant);
        return Outbound.essential("granted".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void ofTwoClaimsOnOneNodeExactlyOneHasTheSession() throws Exception {
        try (var between = new TcpProxy(REDIS.port());
                var first = new TestNode(RedisServer.arguments(REDIS.port()));
                var second = new TestNode(RedisServer.arguments(between.port()))) {
            awaitJoined(first);
            awaitJoined(second);
            SimulatedSessions before = sessions(first);
            SimulatedSessions after = sessions(second);
            between.delay(ONE_WAY_MILLIS);
            int refused = 0;
            int tries = 0;
            for (int i = 0; i < 2 * TRIES && tries < TRIES; i++) {
                ClusterMembership membership = awaitJoined(second);
                long interruptions = membership.interruptions();
                int owned = after.count();
                List<Attempt> attempts = race(before, after);
                var connected = attempts.stream().filter(Attempt::isConnected).toList();
                assertThat(connected).hasSizeLessThan(2);
                for (Attempt attempt : attempts) {
                    if (attempt.result().get() instanceof Unavailable) {
                        refused++; // closed with 1013 by whoever has asked
                    } else {
                        assertThat(attempt.socket().closed())
                                .isIn(null, CloseReason.REPLACED, CloseReason.TRY_AGAIN_LATER);
                    }
                }
                if (membership.interruptions() == interruptions) {
                    assertThat(connected).hasSize(1);
                    assertThat(after.count()).as("sessions after try %d", i).isEqualTo(owned + 1);
                    tries++;
                } // otherwise this machine has stood still for so long that Redis counted as away
            }
            assertThat(tries).isEqualTo(TRIES);
            System.out.printf("%d tries, %d times the older claim was refused%n", TRIES, refused);
        }
    }

    private static ClusterMembership awaitJoined(TestNode node) {
        var membership = node.bean(ClusterMembership.class);
        await().until(() -> membership.state() == ClusterMembership.State.JOINED);
        return membership;
    }

    private static List<Attempt> race(SimulatedSessions before, SimulatedSessions after)
            throws Exception {
        var granted = new AtomicReference<Grant>();
        before.sessions()
                .open(session(new RecordingConnection()), grant -> greeting(granted, grant));
        Grant grant = granted.get();
        var barrier = new CyclicBarrier(2);
        var attempts = new ArrayList<Attempt>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 2; i++) {
            var attempt = new Attempt(new RecordingConnection(), new AtomicReference<>());
            attempts.add(attempt);
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    barrier.await();
                                    attempt.result().set(resume(after, attempt, grant));
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return attempts;
    }

    private static ResumeResult resume(SimulatedSessions on, Attempt attempt, Grant grant)
            throws InterruptedException {
        ResumeToken token = grant.token();
        return on.sessions()
                .resume(
                        session(attempt.socket()),
                        token,
                        grant.epoch(),
                        0,
                        next -> greeting(new AtomicReference<>(), next));
    }
}
