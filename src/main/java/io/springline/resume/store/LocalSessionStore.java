package io.springline.resume.store;

import io.springline.jsonrpc.RequestId;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.session.Outbound;
import io.springline.session.SessionState;
import io.springline.session.limit.LruMap;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The store of a single node, where no session outlives the process. It keeps nothing but the
 * reasons for which the last sessions ended.
 */
public final class LocalSessionStore implements SessionStore {

    /** The number of ended sessions whose reason is kept for their clients. */
    private static final int REMEMBERED = 4096;

    private record Ended(Binding binding, List<String> tokens, Reason reason) {}

    private final Map<String, Ended> ended = Collections.synchronizedMap(new LruMap<>(REMEMBERED));

    @Override
    public String node() {
        return "local";
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public boolean isIsolated() {
        return false;
    }

    @Override
    public void listen(Listener listener) {}

    @Override
    public Opened open(Binding binding, StoredSession session) {
        return new Opened(new Lease(binding, session.tokens()), Outcome.KEPT);
    }

    /**
     * Denies the claim with the reason for which the session has ended. Sessions that have not
     * ended are owned by this node, and never claimed.
     */
    @Override
    public Claim claim(Attempt attempt) {
        Ended session = ended.get(attempt.binding().session());
        if (session == null || !session.tokens().contains(attempt.digest())) {
            return new Denied(Reason.UNKNOWN);
        }
        return new Denied(
                session.binding().principal().equals(attempt.binding().principal())
                        ? session.reason()
                        : Reason.NOT_YOURS);
    }

    @Override
    public boolean checkAlive(String node) {
        return true;
    }

    private final class Lease implements SessionLease {

        private final Binding binding;
        private volatile List<String> tokens;

        Lease(Binding binding, List<String> tokens) {
            this.binding = binding;
            this.tokens = tokens;
        }

        @Override
        public long fence() {
            return 1;
        }

        @Override
        public long before() {
            return 0;
        }

        @Override
        public Written tokens(List<String> digests) {
            tokens = List.copyOf(digests);
            return Written.of(Outcome.KEPT);
        }

        @Override
        public Written running(RequestId request) {
            return Written.of(Outcome.KEPT);
        }

        @Override
        public void sent(long number, Outbound message) {}

        @Override
        public void acknowledged(long number) {}

        @Override
        public void settled(RequestId request) {}

        @Override
        public Written state(SessionState state) {
            return Written.of(Outcome.KEPT);
        }

        @Override
        public void taken(String entry) {}

        @Override
        public void ready() {}

        @Override
        public void poll(Runnable then) {}

        @Override
        public boolean release() {
            return false;
        }

        @Override
        public boolean isLost() {
            return false;
        }

        @Override
        public void forward(Outbound message) {}

        @Override
        public void tell(String node, byte[] message) {}

        @Override
        public void end(Reason reason) {
            ended.put(binding.session(), new Ended(binding, tokens, reason));
        }

        @Override
        public void park() {}
    }
}
