package io.springline.cluster;

import io.springline.resume.store.SessionStore;
import io.springline.resume.store.StoredSession;

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
    public boolean isIsolated() {
        return store.isIsolated();
    }

    @Override
    public void listen(Listener listener) {
        store.listen(listener);
    }

    @Override
    public Opened open(Binding binding, StoredSession session) throws InterruptedException {
        Opened opened = store.open(binding, session);
        time.pass(MILLIS);
        return opened;
    }

    @Override
    public Claim claim(Attempt attempt) throws InterruptedException {
        Claim claim = store.claim(attempt);
        time.pass(MILLIS);
        return claim;
    }

    @Override
    public boolean checkAlive(String node) {
        return store.checkAlive(node);
    }
}
