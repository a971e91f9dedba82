package io.springline.resume;

import io.springline.resume.connection.TestLease;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionStore;
import io.springline.resume.store.StoredSession;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A store whose answers a test decides. */
final class ScriptedStore implements SessionStore {

    private final List<String> writes;
    private @Nullable Listener listener;
    Claim claim = new Away();
    Outcome outcome = Outcome.KEPT;
    boolean isolated;
    final Set<String> dead = new HashSet<>();

    /**
     * @param writes receives what is written to the leases of opened sessions
     */
    ScriptedStore(List<String> writes) {
        this.writes = writes;
    }

    @Override
    public String node() {
        return "here";
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public boolean isIsolated() {
        return isolated;
    }

    @Override
    public void listen(Listener added) {
        listener = added;
    }

    Listener notices() {
        return Objects.requireNonNull(listener);
    }

    @Override
    public Opened open(Binding binding, StoredSession opened) {
        return new Opened(TestLease.of(1, 0, writes::add), outcome);
    }

    @Override
    public Claim claim(Attempt attempt) {
        return claim;
    }

    @Override
    public boolean checkAlive(String node) {
        return !dead.contains(node);
    }
}
