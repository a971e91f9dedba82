package io.springline.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.resume.ResumableSessions;
import io.springline.resume.SessionProperties;
import io.springline.resume.store.LocalSessionStore;
import io.springline.session.Caller;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.SessionRegistry;
import io.springline.session.limit.EndpointConnections;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.testing.RecordingConnection;
import io.springline.transport.handshake.RequestAdmission.Admitted;
import io.springline.transport.http.HttpTransportProperties.ResponseMode;
import io.springline.transport.http.LegacySessions.Admission;
import io.springline.transport.http.stream.SessionStreams;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class LegacySessionsTest {

    private static final SessionLimits LIMITS =
            new SessionLimits(8, Duration.ofMinutes(1), new Rate(1000));

    private final EndpointConnections endpoint = new EndpointConnections();

    private static LegacySessions sessions(int most, int perPrincipal, int perAddress) {
        var resumable =
                new ResumableSessions(
                        new SessionRegistry(),
                        new SessionProperties(Duration.ofMinutes(1), DataSize.ofKilobytes(1), 10),
                        new LocalSessionStore());
        return new LegacySessions(
                resumable,
                new HttpTransportProperties(
                        true,
                        ResponseMode.AUTO,
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(15),
                        Duration.ZERO,
                        Duration.ofMinutes(30),
                        most,
                        perPrincipal,
                        perAddress,
                        false));
    }

    private LegacySession unused(String principal, String address) {
        var caller = new Caller(principal, Set.of(), null);
        var session =
                new McpSession(
                        "main",
                        new Identity(caller),
                        new RecordingConnection(),
                        JsonRpcCodec.json(1000),
                        LIMITS);
        var client =
                new Admitted(
                        caller,
                        address,
                        address,
                        ProcessorShares.unlimited().of(principal),
                        () -> {});
        String id = UUID.randomUUID().toString();
        return new LegacySession(id, session, new SessionStreams(id, 1000), client, endpoint);
    }

    private LegacySession used(String principal, String address) {
        LegacySession session = unused(principal, address);
        session.session().inFlight().open(new RequestId.Number(1), _ -> {}, () -> {});
        return session;
    }

    @Test
    void endsNoSessionForOneThatIsRefused() {
        LegacySessions sessions = sessions(10, 1, 2);
        LegacySession eve = unused("eve", "a");
        LegacySession bob = used("bob", "a");
        sessions.add(eve);
        sessions.add(bob);
        assertThat(sessions.add(unused("bob", "a"))).isEqualTo(Admission.CLIENT_LIMIT);
        assertThat(sessions.all()).containsExactlyInAnyOrder(eve, bob);
    }

    @Test
    void endsNoSessionOfTheClientForOneThatTheEndpointRefuses() {
        LegacySessions sessions = sessions(10, 1, 10);
        LegacySession elsewhere = unused("bob", "a");
        sessions.add(elsewhere);
        var full = new EndpointConnections();
        full.limit(0);
        LegacySession opened = at(full, unused("bob", "a"));
        assertThat(sessions.add(opened)).isEqualTo(Admission.ENDPOINT_LIMIT);
        assertThat(sessions.all()).containsExactly(elsewhere);
    }

    private static LegacySession at(EndpointConnections other, LegacySession session) {
        var caller = session.session().caller();
        var client =
                new Admitted(
                        caller, "a", "a", ProcessorShares.unlimited().of(caller.name()), () -> {});
        var moved =
                new McpSession(
                        "other",
                        new Identity(caller),
                        new RecordingConnection(),
                        JsonRpcCodec.json(1000),
                        LIMITS);
        return new LegacySession(session.id(), moved, session.streams(), client, other);
    }

    @Test
    void replacesTheLongestUnusedSessionUnderTheLimitThatIsReached() {
        LegacySessions sessions = sessions(10, 2, 10);
        LegacySession oldest = unused("bob", "a");
        LegacySession newer = unused("bob", "b");
        LegacySession other = unused("eve", "a");
        sessions.add(oldest);
        sessions.add(newer);
        sessions.add(other);
        newer.used();
        LegacySession newest = unused("bob", "a");
        assertThat(sessions.add(newest)).isEqualTo(Admission.ADMITTED);
        assertThat(sessions.all()).containsExactlyInAnyOrder(newer, other, newest);
        assertThat(endpoint.count()).isEqualTo(3);
    }

    @Test
    void replacesOneSessionAtSeveralLimits() {
        LegacySessions sessions = sessions(1, 1, 1);
        endpoint.limit(1);
        sessions.add(unused("bob", "a"));
        LegacySession next = unused("bob", "a");
        assertThat(sessions.add(next)).isEqualTo(Admission.ADMITTED);
        assertThat(sessions.all()).containsExactly(next);
        assertThat(endpoint.count()).isEqualTo(1);
    }

    @Test
    void endsUnusedSessionsBeyondALimitThatWasLowered() {
        LegacySessions sessions = sessions(10, 10, 10);
        for (int i = 0; i < 4; i++) {
            sessions.add(unused("bob", "a"));
        }
        endpoint.limit(2);
        LegacySession next = unused("bob", "a");
        assertThat(sessions.add(next)).isEqualTo(Admission.ADMITTED);
        assertThat(sessions.all()).hasSize(2).contains(next);
        assertThat(endpoint.count()).isEqualTo(2);
        assertThat(sessions.end(next)).isTrue();
        assertThat(endpoint.count()).isEqualTo(1);
    }
}
