package io.springline.resume;

import io.springline.jsonrpc.RequestId;
import io.springline.resume.ResumeResult.Reason;
import io.springline.session.Outbound;
import io.springline.session.SessionState;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The store of a single node, where no session outlives the process: it writes nothing, and
 * remembers only why the last sessions have ended.
 */
public final class LocalSessionStore implements SessionStore {

    /** Ended sessions that are remembered, to tell their clients why. */
    private static final int REMEMBERED = 4096;

    private record Ended(Binding binding, List<String> tokens, Reason reason) {}

    private final Map<String, Ended> ended =
            Collections.synchronizedMap(
                    new LinkedHashMap<>() {
                        @Override
                        protected boolean removeEldestEntry(Map.Entry<String, Ended> eldest) {
                            return size() > REMEMBERED;
                        }
                    });

    @Override
    public String node() {
        return "local";
    }

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public void listen(Listener listener) {}

    @Override
    public SessionLease open(Binding binding, String digest) {
        return new Lease(binding, digest);
    }

    /** Only sessions that are over are claimed: this node has the others. */
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
    public boolean isAlive(String node) {
        return true;
    }

    private final class Lease implements SessionLease {

        private final Binding binding;
        private volatile List<String> tokens;

        Lease(Binding binding, String digest) {
            this.binding = binding;
            this.tokens = List.of(digest);
        }

        private static Outcome kept() {
            return Outcome.KEPT;
        }

        @Override
        public long fence() {
            return 1;
        }

        @Override
        public Written tokens(List<String> digests) {
            tokens = List.copyOf(digests);
            return Lease::kept;
        }

        @Override
        public Written running(RequestId request) {
            return Lease::kept;
        }

        @Override
        public void sent(long number, Outbound message) {}

        @Override
        public void acknowledged(long number) {}

        @Override
        public void settled(RequestId request) {}

        @Override
        public Written state(SessionState state) {
            return Lease::kept;
        }

        @Override
        public void taken(String entry) {}

        @Override
        public void ready() {}

        @Override
        public void poll(Runnable then) {}

        @Override
        public boolean wasInterrupted() {
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
