package io.springline.resume.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.SessionStore.Claim;
import io.springline.resume.store.SessionStore.Denied;
import io.springline.session.SessionState;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocalSessionStoreTest {

    private static final Binding BINDING = new Binding("session", "alice", "", "epoch");

    private final LocalSessionStore store = new LocalSessionStore();

    private static StoredSession opened(String digest) {
        return StoredSession.opened(digest, SessionState.NEW);
    }

    private Claim claim(String principal, String digest) {
        var shown = new Binding("session", principal, "", "epoch");
        return store.claim(new Attempt(shown, digest, "next", 0));
    }

    @Test
    void remembersWhyASessionHasEnded() {
        SessionLease lease = store.open(BINDING, opened("first")).lease();
        lease.tokens(List.of("second"));
        assertThat(claim("alice", "second")).isEqualTo(new Denied(Reason.UNKNOWN));
        lease.end(Reason.EXPIRED);
        assertThat(claim("alice", "second")).isEqualTo(new Denied(Reason.EXPIRED));
        assertThat(claim("alice", "first")).isEqualTo(new Denied(Reason.UNKNOWN));
        assertThat(claim("bob", "second")).isEqualTo(new Denied(Reason.NOT_YOURS));
    }

    private void endOthers(int from, int to) {
        for (int i = from; i < to; i++) {
            store.open(new Binding("other-" + i, "alice", "", "epoch"), opened("x"))
                    .lease()
                    .end(Reason.EXPIRED);
        }
    }

    @Test
    void forgetsTheOldestOfTooMany() {
        store.open(BINDING, opened("first")).lease().end(Reason.EXPIRED);
        endOthers(0, 4096);
        assertThat(claim("alice", "first")).isEqualTo(new Denied(Reason.UNKNOWN));
    }

    @Test
    void keepsTheReasonForAClientThatComesBack() {
        store.open(BINDING, opened("first")).lease().end(Reason.EXPIRED);
        endOthers(0, 4095);
        assertThat(claim("alice", "first")).isEqualTo(new Denied(Reason.EXPIRED));
        endOthers(4095, 4096);
        assertThat(claim("alice", "first")).isEqualTo(new Denied(Reason.EXPIRED));
    }
}
