package io.springline.cluster;

import io.springline.resume.store.SessionLease;
import io.springline.resume.store.SessionStore;

/** Others may run before the caller goes on with what the store has returned. */
final class PassingSessionStore implements SessionStore {

    private static final long MILLIS = 20;

    private final SessionStore store;
    private final VirtualTime time;

    PassingSessionStore(SessionStore store, VirtualTime time) {
        this.store = store;
        this.time = time;
    }

    @Override
    public String node() {
        return store.node();
    }

    @Override
    public boolean isShared() {
        return store.isShared();
    }

    @Override
    public void listen(Listener listener) {
        store.listen(listener);
    }

    @Override
    public SessionLease open(Binding binding, String digest) throws InterruptedException {
        SessionLease lease = store.open(binding, digest);
        time.pass(MILLIS);
        return lease;
    }

    @Override
    public Claim claim(Attempt attempt) throws InterruptedException {
        Claim claim = store.claim(attempt);
        time.pass(MILLIS);
        return claim;
    }

    @Override
    public boolean isAlive(String node) {
        return store.isAlive(node);
    }
}
