package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.relay.AttachedUpstreams.State;
import io.springline.relay.attach.AttachedServer.Link;
import io.springline.relay.attach.connection.AttachedTransport;
import io.springline.relay.attach.connection.Profile;
import io.springline.relay.client.UpstreamTransport;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.testing.RecordingConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CyclicBarrier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttachedServerTest {

    private static final AttachedServer.Remote NOWHERE =
            new AttachedServer.Remote() {

                @Override
                public UpstreamTransport transport(String name, SharedServer server, long epoch) {
                    throw new IllegalStateException("there is no other node");
                }

                @Override
                public boolean isReachable(String node) {
                    return false;
                }
            };

    private final AttachedServer server =
            new AttachedServer("git", AttachCredential.ANONYMOUS, NOWHERE);

    private static Link link() {
        return link(new RecordingConnection());
    }

    private static Link link(RecordingConnection connection) {
        var session =
                new McpSession(
                        Caller.ANONYMOUS,
                        connection,
                        JsonRpcCodec.json(1_000),
                        new SessionLimits(8, Duration.ofMinutes(1), new Rate(1_000)));
        return new Link(
                new AttachedTransport(session, Profile.STANDARD, 1_000, () -> {}),
                new AttachRequest(AttachCredential.ANONYMOUS, "git", "7", false, "192.0.2.1"),
                Instant.now());
    }

    /** The two events in every order that threads happen to give them. */
    @Test
    void theEndOfAConnectionNeverRemovesTheOneThatReplacesIt() throws Exception {
        Link current = link();
        assertThat(server.replace(null, current, 1)).isTrue();
        for (int n = 2; n <= 1_000; n++) {
            Link old = current;
            Link next = link();
            int epoch = n;
            var start = new CyclicBarrier(2);
            Thread ending =
                    Thread.startVirtualThread(() -> {
                        await(start);
                        server.ended(old.transport());
                    });
            await(start);
            while (!server.replace(server.link(), next, epoch)) {
                Thread.onSpinWait();
            }
            ending.join();
            server.ended(old.transport());
            assertThat(server.link()).as("round %d", n).isSameAs(next);
            assertThat(server.create()).isSameAs(next.transport().own());
            current = next;
        }
    }

    @Test
    void refusesAConnectionWithALowerEpoch() {
        assertThat(server.replace(null, link(), 7)).isTrue();
        assertThat(server.replace(server.link(), link(), 6)).isFalse();
    }

    private static SharedServer elsewhere(@Nullable String instance) {
        return new SharedServer(
                "other", "anonymous", false, State.ONLINE, 1, instance, "192.0.2.2", false);
    }

    @Test
    void aConnectionIsNeverReplacedByAnOlderOneElsewhere() throws Exception {
        SharedServer older = elsewhere("8");
        for (int n = 1; n <= 3_000; n++) {
            var raced = new AttachedServer("git", AttachCredential.ANONYMOUS, NOWHERE);
            Link next = link();
            Thread moving =
                    Thread.startVirtualThread(() -> {
                        while (raced.epoch() < 2) {
                            raced.moved(1, older);
                        }
                    });
            while (raced.elsewhere() == null) {
                Thread.onSpinWait();
            }
            assertThat(raced.replace(null, next, 2)).isTrue();
            moving.join();
            assertThat(raced.link()).as("round %d", n).isSameAs(next);
            assertThat(raced.epoch()).isEqualTo(2);
        }
    }

    /** An agent that was replaced ends; another process has to come back, and gets a number. */
    @ParameterizedTest
    @CsvSource({"7, REPLACED", "8, TRY_AGAIN_LATER", ", TRY_AGAIN_LATER"})
    void closesAConnectionThatMovedSoThatOtherServersComeBack(
            @Nullable String instance, CloseReason reason) {
        var connection = new RecordingConnection();
        server.replace(null, link(connection), 1);
        assertThat(server.moved(2, elsewhere(instance))).isTrue();
        assertThat(connection.closed()).isEqualTo(reason);
    }

    private static void await(CyclicBarrier start) {
        try {
            start.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
