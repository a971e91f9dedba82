package io.springline.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.concurrent.StateLock;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.resume.connection.ResumableConnection;
import io.springline.resume.store.LocalSessionStore;
import io.springline.resume.store.ResumeResult;
import io.springline.resume.store.ResumeResult.Grant;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.ResumeResult.Refused;
import io.springline.resume.store.ResumeResult.Resumed;
import io.springline.session.Caller;
import io.springline.session.Connection;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionPersistence;
import io.springline.session.SessionRegistry;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.session.limit.SlidingWindowCounter;
import io.springline.session.request.InFlightRequests.Opened;
import io.springline.testing.RecordingConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class ResumableSessionsTest {

    private static final Caller ALICE = new Caller("alice", Set.of(), null);
    private static final Caller CAROL = new Caller("carol", Set.of(), null);
    private static final Caller BOB = new Caller("bob", Set.of(), null);

    private static final Function<Grant, Outbound> EMPTY = _ -> Outbound.essential(new byte[0]);

    private final SessionRegistry registry = new SessionRegistry();

    private ResumableSessions sessions(Duration grace, int maxDetached) {
        return new ResumableSessions(
                registry,
                new SessionProperties(grace, DataSize.ofKilobytes(1), maxDetached),
                new LocalSessionStore());
    }

    private McpSession session(Caller caller) {
        var limits = new SessionLimits(8, Duration.ofMinutes(1), new Rate(1000));
        var session =
                new McpSession(caller, new RecordingConnection(), JsonRpcCodec.json(1000), limits);
        registry.add(session);
        return session;
    }

    private record Ticket(McpSession session, Connection socket, Grant grant) {}

    private Ticket open(ResumableSessions sessions, Caller caller) throws InterruptedException {
        McpSession session = session(caller);
        Connection socket = session.connection();
        var granted = new AtomicReference<Grant>();
        sessions.open(session, grant -> greeting(granted, grant));
        return new Ticket(session, socket, granted.get());
    }

    private static Outbound greeting(AtomicReference<Grant> granted, Grant grant) {
        granted.set(grant);
        return Outbound.essential(new byte[0]);
    }

    private ResumeResult resume(ResumableSessions sessions, Caller caller, Grant grant)
            throws InterruptedException {
        return sessions.resume(
                session(caller),
                grant.token(),
                grant.epoch(),
                0,
                _ -> Outbound.essential(new byte[0]));
    }

    @Test
    void ofASessionThatIsParkedNothingMoreIsTaken() throws Exception {
        var sessions = sessions(Duration.ofMinutes(1), 10);
        Ticket ticket = open(sessions, ALICE);
        SessionPersistence persistence = ticket.session().persistence();
        assertThat(persistence.recordMessageFrom(ticket.socket())).isTrue();
        sessions.park(ticket.session());
        assertThat(persistence.recordMessageFrom(ticket.socket())).isFalse();
    }

    @Test
    void aSessionThatWaitedTooLongIsToldSoAndItsWorkIsCancelled() throws Exception {
        var sessions = sessions(Duration.ofSeconds(1), 10);
        Ticket ticket = open(sessions, ALICE);
        var opening = ticket.session().inFlight().open(new RequestId.Number(1), _ -> {}, () -> {});
        sessions.detach(ticket.session(), ticket.socket());
        sessions.sweep();
        assertThat(registry.all()).contains(ticket.session());
        Awaitility.await()
                .untilAsserted(() -> {
                    sessions.sweep();
                    assertThat(registry.all()).doesNotContain(ticket.session());
                });
        Awaitility.await().until(((Opened) opening).request()::isCancelled);
        assertThat(resume(sessions, ALICE, ticket.grant())).isEqualTo(new Refused(Reason.EXPIRED));
        assertThat(resume(sessions, BOB, ticket.grant())).isEqualTo(new Refused(Reason.NOT_YOURS));
        assertThat(sessions.counters().ended(Reason.EXPIRED)).isEqualTo(1);
    }

    @Test
    void aClientThatAcknowledgesNothingIsLetGoAndItsSessionIsKept() throws Exception {
        var sessions = sessions(Duration.ofMinutes(1), 10);
        Ticket ticket = open(sessions, ALICE);
        ticket.session().connection().send(Outbound.essential(new byte[2000]));
        long now = System.nanoTime();
        sessions.sweep(now);
        assertThat(((RecordingConnection) ticket.socket()).closed()).isNull();
        sessions.sweep(now + ResumableConnection.STALLED_AFTER_NANOS);
        assertThat(((RecordingConnection) ticket.socket()).closed())
                .isEqualTo(CloseReason.SLOW_CONSUMER);
        assertThat(registry.all()).contains(ticket.session());
    }

    @Test
    void anotherPrincipalGetsNothingAndDisturbsNobody() throws Exception {
        var sessions = sessions(Duration.ofMinutes(1), 10);
        Ticket ticket = open(sessions, ALICE);
        assertThat(resume(sessions, BOB, ticket.grant())).isEqualTo(new Refused(Reason.NOT_YOURS));
        assertThat(((RecordingConnection) ticket.socket()).closed()).isNull();
        assertThat(resume(sessions, ALICE, ticket.grant()))
                .isEqualTo(Resumed.here(ticket.session()));
        assertThat(sessions.counters().refused(Reason.NOT_YOURS)).isEqualTo(1);
        assertThat(sessions.counters().resumed()).isEqualTo(1);
    }

    @Test
    void anotherEndpointIsNotTheSame() throws Exception {
        var sessions = sessions(Duration.ofMinutes(1), 10);
        Ticket ticket = open(sessions, ALICE);
        var elsewhere =
                new McpSession(
                        "files",
                        new Identity(ALICE),
                        new RecordingConnection(),
                        JsonRpcCodec.json(1000),
                        new SessionLimits(8, Duration.ofMinutes(1), new Rate(1000)));
        assertThat(
                        sessions.resume(
                                elsewhere,
                                ticket.grant().token(),
                                ticket.grant().epoch(),
                                0,
                                _ -> Outbound.essential(new byte[0])))
                .isEqualTo(new Refused(Reason.UNKNOWN));
    }

    @Test
    void ofTooManyThatWaitTheLongestGoesOfTheSamePrincipalIfThereIsOne() throws Exception {
        var sessions = sessions(Duration.ofMinutes(1), 2);
        Ticket bob = open(sessions, BOB);
        Ticket oldest = open(sessions, ALICE);
        Ticket newest = open(sessions, ALICE);
        for (Ticket each : List.of(bob, oldest, newest)) {
            sessions.detach(each.session(), each.socket());
        }
        assertThat(sessions.detachedCount()).isEqualTo(2);
        assertThat(resume(sessions, ALICE, oldest.grant())).isEqualTo(new Refused(Reason.EXPIRED));
        assertThat(resume(sessions, BOB, bob.grant())).isEqualTo(Resumed.here(bob.session()));
        assertThat(resume(sessions, ALICE, newest.grant()))
                .isEqualTo(Resumed.here(newest.session()));
    }

    /** The client is back, and gone again, after its session was chosen and before that ends. */
    @Test
    void keepsASessionWhoseClientWasBackWhenItWasToMakeRoom() throws Exception {
        var sessions = sessions(Duration.ofMinutes(1), 1);
        Ticket chosen = open(sessions, ALICE);
        Ticket newest = open(sessions, ALICE);
        sessions.detach(chosen.session(), chosen.socket());
        McpSession back = session(ALICE);
        Connection socket = back.connection();
        var connection = (ResumableConnection) chosen.session().connection();
        atSecondLock(
                () -> {
                    String digest = chosen.grant().token().digest();
                    connection.attach(socket, digest, chosen.grant().token(), 0, EMPTY);
                    connection.detach(socket, System.nanoTime());
                },
                () -> sessions.detach(newest.session(), newest.socket()));
        assertThat(connection.ended()).isNull();
        assertThat(registry.all()).contains(chosen.session());
    }

    /** The first lock is that of the session that detaches, the second of the one to be ended. */
    private static void atSecondLock(Runnable meanwhile, Runnable eviction) {
        var locks = new AtomicInteger();
        StateLock.observe(
                new StateLock.Observer() {
                    @Override
                    public void taking(StateLock lock) {
                        if (locks.incrementAndGet() == 2) {
                            meanwhile.run();
                        }
                    }

                    @Override
                    public void released(StateLock lock) {}
                });
        try {
            eviction.run();
        } finally {
            StateLock.observe(null);
        }
    }

    @Test
    void keepsTheOnlySessionsOfOthersAndTheirCallsThroughAFlood() throws Exception {
        var sessions = sessions(Duration.ofMinutes(1), 1000);
        Ticket bystander = open(sessions, BOB);
        var call =
                (Opened)
                        bystander
                                .session()
                                .inFlight()
                                .open(new RequestId.Number(1), _ -> {}, () -> {});
        sessions.detach(bystander.session(), bystander.socket());
        for (int i = 0; i < 1_100; i++) {
            Ticket ticket = open(sessions, ALICE);
            sessions.detach(ticket.session(), ticket.socket());
        }
        Ticket newcomer = open(sessions, CAROL);
        sessions.detach(newcomer.session(), newcomer.socket());
        assertThat(sessions.detachedCount()).isEqualTo(1000);
        assertThat(sessions.counters().ended(Reason.EXPIRED)).isEqualTo(102);
        assertThat(resume(sessions, BOB, bystander.grant())).isInstanceOf(Resumed.class);
        assertThat(resume(sessions, CAROL, newcomer.grant())).isInstanceOf(Resumed.class);
        assertThat(call.request().isCancelled()).isFalse();
        assertThat(sessions.detachedCount()).isEqualTo(998);
    }

    @Test
    void ofManyThatResumeOneTokenAtOnceExactlyOneLives() throws Exception {
        var sessions = sessions(Duration.ofMinutes(1), 10);
        for (int round = 0; round < 200; round++) {
            Ticket ticket = open(sessions, ALICE);
            var rivals = List.of(session(ALICE), session(ALICE), session(ALICE));
            var sockets = rivals.stream().map(McpSession::connection).toList();
            var barrier = new CyclicBarrier(rivals.size());
            List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
            List<Thread> threads =
                    rivals.stream()
                            .map(rival ->
                                    Thread.ofVirtual()
                                            .start(() -> {
                                                try {
                                                    barrier.await();
                                                    sessions.resume(
                                                            rival,
                                                            ticket.grant().token(),
                                                            ticket.grant().epoch(),
                                                            0,
                                                            _ -> Outbound.essential(new byte[0]));
                                                } catch (Exception e) {
                                                    failures.add(e);
                                                }
                                            }))
                            .toList();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failures).isEmpty();
            assertThat(sockets)
                    .filteredOn(socket -> ((RecordingConnection) socket).closed() == null)
                    .hasSize(1)
                    .allMatch(socket -> ticket.session().persistence().recordMessageFrom(socket));
            assertThat(((RecordingConnection) ticket.socket()).closed())
                    .isEqualTo(CloseReason.REPLACED);
        }
    }

    @Test
    void whoKeepsGuessingIsFoundOut() throws Exception {
        var sessions = sessions(Duration.ofMinutes(1), 10);
        for (int i = 1; i < SlidingWindowCounter.LIMIT; i++) {
            assertThat(sessions.recordFailedAttempt(ALICE, i)).isFalse();
        }
        assertThat(sessions.recordFailedAttempt(ALICE, 100)).isTrue();
        assertThat(sessions.recordFailedAttempt(BOB, 100)).isFalse();
    }

    @Test
    void theTokenDoesNotShow() throws Exception {
        Ticket ticket = open(sessions(Duration.ofMinutes(1), 10), ALICE);
        assertThat(ticket.grant().toString()).doesNotContain(ticket.grant().token().value());
    }
}
