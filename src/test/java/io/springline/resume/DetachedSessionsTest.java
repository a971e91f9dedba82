package io.springline.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.resume.connection.OutboundLog;
import io.springline.resume.connection.ResumableConnection;
import io.springline.resume.store.LocalSessionStore;
import io.springline.resume.store.ResumeToken;
import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.StoredSession;
import io.springline.session.Caller;
import io.springline.session.Connection;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionState;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.testing.RecordingConnection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DetachedSessionsTest {

    private static final ResumeToken TOKEN = ResumeToken.random(UUID.randomUUID().toString());
    private static final Connection SOCKET = new RecordingConnection();

    private static void attach(OwnedSession session) {
        session.resumable().open(SOCKET, TOKEN, () -> {}, _ -> Outbound.essential(new byte[0]));
    }

    private static void detach(OwnedSession session) {
        session.resumable().detach(SOCKET, 0);
    }

    private static OwnedSession of(String principal) {
        var store = new LocalSessionStore();
        var binding = new Binding("id", principal, "", "epoch");
        SessionLease lease =
                store.open(binding, StoredSession.opened(TOKEN.digest(), SessionState.NEW)).lease();
        var resumable =
                new ResumableConnection(
                        binding,
                        lease,
                        TOKEN,
                        new OutboundLog(1000, new Identity(Caller.ANONYMOUS).unreadAccount()),
                        0);
        var session =
                new McpSession(
                        new Caller(principal, Set.of(), null),
                        new RecordingConnection(),
                        JsonRpcCodec.json(1000),
                        new SessionLimits(8, Duration.ofMinutes(1), new Rate(1000)));
        return new OwnedSession(session, resumable);
    }

    /** The session that has to end once this one has changed, or null. */
    private static @Nullable OwnedSession chosen(DetachedSessions detached, OwnedSession changed) {
        DetachedSessions.Excess excess = detached.update(changed);
        return excess == null ? null : excess.session();
    }

    @Test
    void takesTheLongestAwayOfThePrincipalThatHasMost() {
        var detached = new DetachedSessions(3);
        OwnedSession bystander = of("bob");
        OwnedSession first = of("alice");
        assertThat(chosen(detached, bystander)).isNull();
        assertThat(chosen(detached, first)).isNull();
        assertThat(chosen(detached, of("alice"))).isNull();
        assertThat(chosen(detached, of("carol"))).isSameAs(first);
        assertThat(detached.count()).isEqualTo(3);
    }

    @Test
    void neverTakesTheOnlySessionOfABystander() {
        var detached = new DetachedSessions(10);
        OwnedSession bystander = of("bob");
        assertThat(chosen(detached, bystander)).isNull();
        for (int i = 0; i < 1100; i++) {
            assertThat(chosen(detached, of("flooder"))).isNotSameAs(bystander);
        }
        OwnedSession newcomer = of("carol");
        assertThat(chosen(detached, newcomer)).isNotIn(bystander, newcomer);
    }

    @Test
    void countsASessionOnceAndPassesOverWhatIsNotThere() {
        var detached = new DetachedSessions(10);
        OwnedSession session = of("alice");
        chosen(detached, session);
        chosen(detached, session);
        assertThat(detached.count()).isEqualTo(1);
        attach(session);
        chosen(detached, session);
        chosen(detached, session);
        assertThat(detached.count()).isZero();
    }

    /** Its client was back and is gone again, and only now is its state looked at. */
    @Test
    void countsTheTimeAwayFromTheLastTime() {
        var detached = new DetachedSessions(2);
        OwnedSession returned = of("alice");
        OwnedSession longest = of("alice");
        chosen(detached, returned);
        chosen(detached, longest);
        attach(returned);
        detach(returned);
        assertThat(chosen(detached, returned)).isNull();
        assertThat(chosen(detached, of("alice"))).isSameAs(longest);
    }

    @Test
    void keepsNoneWhereNoneIsAllowed() {
        var detached = new DetachedSessions(0);
        OwnedSession session = of("alice");
        assertThat(chosen(detached, session)).isSameAs(session);
        assertThat(detached.count()).isZero();
    }

    /** Against a plain list, in which it is looked for. */
    @Test
    void agreesWithASearchThroughAll() {
        var random = new Random(7);
        var detached = new DetachedSessions(20);
        List<OwnedSession> model = new ArrayList<>();
        var back = new ArrayDeque<OwnedSession>();
        for (int i = 0; i < 2_000; i++) {
            if (!model.isEmpty() && random.nextInt(3) == 0) {
                OwnedSession session = model.remove(random.nextInt(model.size()));
                attach(session);
                chosen(detached, session);
                back.add(session);
            } else {
                OwnedSession session =
                        back.isEmpty() || random.nextBoolean()
                                ? of("p" + random.nextInt(6))
                                : back.remove();
                detach(session);
                model.add(session);
                OwnedSession excess = chosen(detached, session);
                if (model.size() > 20) {
                    String loser = excess.resumable().binding().principal();
                    assertThat(held(model, loser))
                            .isEqualTo(
                                    model.stream()
                                            .map(each -> each.resumable().binding().principal())
                                            .mapToLong(each -> held(model, each))
                                            .max()
                                            .orElseThrow());
                    assertThat(excess)
                            .isSameAs(
                                    model.stream()
                                            .filter(each -> principal(each).equals(loser))
                                            .findFirst()
                                            .orElseThrow());
                    model.remove(excess);
                } else {
                    assertThat(excess).isNull();
                }
            }
            assertThat(detached.count()).isEqualTo(model.size());
        }
    }

    private static String principal(OwnedSession session) {
        return session.resumable().binding().principal();
    }

    private static long held(List<OwnedSession> all, String principal) {
        return all.stream().filter(each -> principal(each).equals(principal)).count();
    }
}
