package io.springline.session;

import io.springline.jsonrpc.RequestId;
import io.springline.session.Resumption.Reason;
import io.springline.session.SessionLease.Outcome;
import io.springline.session.SessionLease.Written;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * The store of a single node: keeps nothing beyond the process, and messages only by reference.
 * {@linkplain #another Others} on the same memory stand for further nodes.
 */
public final class LocalSessionStore implements SessionStore {

    /** So many ended sessions are remembered, to tell their clients why. */
    private static final int REMEMBERED = 4096;

    private static final Written KEPT = () -> Outcome.KEPT;
    private static final Written ALONE = () -> Outcome.ALONE;
    private static final Written LOST = () -> Outcome.LOST;

    private record Former(Binding binding, List<String> tokens, Reason reason) {}

    private record Memory(
            Map<String, Kept> sessions,
            Map<String, Former> former,
            Map<String, LocalSessionStore> nodes,
            ExecutorService events) {}

    private final Memory memory;
    private final String node;
    private @Nullable Listener listener;

    public LocalSessionStore() {
        this(
                new Memory(
                        new ConcurrentHashMap<>(),
                        remembered(),
                        new ConcurrentHashMap<>(),
                        // without a thread until there is a second node
                        Executors.newSingleThreadExecutor(Thread.ofVirtual().factory())));
    }

    private LocalSessionStore(Memory memory) {
        this.memory = memory;
        this.node = memory.nodes().isEmpty() ? "local" : "local-" + (memory.nodes().size() + 1);
        memory.nodes().put(node, this);
    }

    private static Map<String, Former> remembered() {
        return Collections.synchronizedMap(
                new LinkedHashMap<>() {
                    @Override
                    protected boolean removeEldestEntry(Map.Entry<String, Former> eldest) {
                        return size() > REMEMBERED;
                    }
                });
    }

    /** Another node that shares the memory of this one. */
    LocalSessionStore another() {
        return new LocalSessionStore(memory);
    }

    /** From now on this node counts as dead. */
    void die() {
        memory.nodes().remove(node);
    }

    @Override
    public String node() {
        return node;
    }

    @Override
    public boolean isShared() {
        return memory.nodes().size() > 1;
    }

    @Override
    public void listen(Listener all) {
        listener = all;
    }

    private Listener listener() {
        return Objects.requireNonNull(listener, "listen comes first");
    }

    @Override
    public SessionLease open(Binding binding, String digest) {
        var kept = new Kept(binding, this, StoredSession.opened(digest));
        memory.sessions().put(binding.session(), kept);
        return kept.lease(1);
    }

    @Override
    public Claim claim(Attempt attempt) {
        Kept kept = memory.sessions().get(attempt.binding().session());
        if (kept != null) {
            return kept.claim(attempt, this);
        }
        Former former = memory.former().get(attempt.binding().session());
        if (former == null || !former.tokens().contains(attempt.digest())) {
            return new Denied(Reason.UNKNOWN);
        }
        return new Denied(
                former.binding().principal().equals(attempt.binding().principal())
                        ? former.reason()
                        : Reason.NOT_YOURS);
    }

    @Override
    public boolean isAlive(String other) {
        return memory.nodes().containsKey(other);
    }

    /** One session, guarded by itself; listeners are called without its lock. */
    private static final class Kept {

        private final Binding binding;
        private LocalSessionStore owner;
        private long fence = 1;
        private List<String> tokens;
        private SessionState state;
        private long acknowledged;
        private final ArrayDeque<Outbound> log = new ArrayDeque<>();
        private final Map<RequestId, String> running = new HashMap<>();
        private final LinkedHashSet<RequestId> settled = new LinkedHashSet<>();
        private final Map<String, Outbound> arrivals = new LinkedHashMap<>();
        private long entries;

        Kept(Binding binding, LocalSessionStore owner, StoredSession stored) {
            this.binding = binding;
            this.owner = owner;
            this.tokens = stored.tokens();
            this.state = stored.state();
        }

        synchronized Claim claim(Attempt attempt, LocalSessionStore claimant) {
            Reason reason = refusal(attempt);
            if (reason != null) {
                return new Denied(reason);
            }
            LocalSessionStore before = owner;
            long lost = fence++;
            owner = claimant;
            tokens = List.of(attempt.nextDigest(), attempt.digest());
            if (before != claimant) {
                Thread.ofVirtual().start(() -> before.listener().moved(binding.session(), lost));
            }
            var stored =
                    new StoredSession(
                            tokens,
                            state,
                            acknowledged,
                            List.copyOf(log),
                            running,
                            List.copyOf(settled));
            return new Claimed(lease(fence), stored, arrivals());
        }

        private @Nullable Reason refusal(Attempt attempt) {
            if (!tokens.contains(attempt.digest())) {
                return Reason.UNKNOWN;
            }
            if (!binding.principal().equals(attempt.binding().principal())) {
                return Reason.NOT_YOURS;
            }
            if (!binding.equals(attempt.binding())) {
                return Reason.UNKNOWN;
            }
            return attempt.received() < acknowledged ? Reason.OVERFLOW : null;
        }

        private List<Arrival> arrivals() {
            var all = new ArrayList<Arrival>();
            arrivals.forEach((entry, message) -> all.add(new Arrival(entry, message)));
            return all;
        }

        Lease lease(long number) {
            return new Lease(this, owner, number);
        }

        synchronized boolean isOwnedBy(Lease lease) {
            return lease.fence == fence && owner.memory.sessions().get(binding.session()) == this;
        }

        synchronized void sent(Outbound message) {
            log.add(message);
            RequestId id = message.answers();
            if (id != null) {
                running.remove(id);
            }
        }

        synchronized void acknowledged(long number) {
            for (; acknowledged < number; acknowledged++) {
                log.poll();
            }
        }

        synchronized void settled(RequestId request) {
            running.remove(request);
            settled.add(request);
            if (settled.size() > SeenRequests.REMEMBERED) {
                settled.removeFirst();
            }
        }

        void forward(String from, Outbound message) {
            LocalSessionStore receiver;
            String entry;
            synchronized (this) {
                RequestId id = message.answers();
                if (id != null && !mayAnswer(from, id)) {
                    return;
                }
                entry = Long.toString(++entries);
                arrivals.put(entry, message);
                receiver = owner;
            }
            var arrival = new Arrival(entry, message);
            receiver.memory
                    .events()
                    .execute(() -> receiver.listener().arrived(binding.session(), arrival));
        }

        private boolean mayAnswer(String from, RequestId id) {
            return running.containsKey(id)
                    ? from.equals(running.get(id))
                    : !settled.contains(id)
                            && log.stream().noneMatch(kept -> id.equals(kept.answers()));
        }
    }

    private static final class Lease implements SessionLease {

        private final Kept kept;
        private final LocalSessionStore holder;
        private final long fence;
        private volatile boolean parked;

        Lease(Kept kept, LocalSessionStore holder, long fence) {
            this.kept = kept;
            this.holder = holder;
            this.fence = fence;
        }

        private Written write(Runnable change) {
            if (parked) {
                return ALONE;
            }
            synchronized (kept) {
                if (!kept.isOwnedBy(this)) {
                    return LOST;
                }
                change.run();
                return KEPT;
            }
        }

        @Override
        public long fence() {
            return fence;
        }

        @Override
        public Written tokens(List<String> digests) {
            return write(() -> kept.tokens = List.copyOf(digests));
        }

        @Override
        public Written running(RequestId request) {
            return write(() -> kept.running.put(request, holder.node));
        }

        @Override
        public void sent(long number, Outbound message) {
            write(() -> kept.sent(message));
        }

        @Override
        public void acknowledged(long number) {
            write(() -> kept.acknowledged(number));
        }

        @Override
        public void settled(RequestId request) {
            write(() -> kept.settled(request));
        }

        @Override
        public Written state(SessionState state) {
            return write(() -> kept.state = state);
        }

        @Override
        public void taken(String entry) {
            write(() -> kept.arrivals.remove(entry));
        }

        @Override
        public void poll() {
            List<Arrival> waiting;
            synchronized (kept) {
                waiting = kept.isOwnedBy(this) ? kept.arrivals() : List.of();
            }
            waiting.forEach(each -> holder.listener().arrived(kept.binding.session(), each));
        }

        @Override
        public void forward(Outbound message) {
            kept.forward(holder.node, message);
        }

        @Override
        public void tell(String node, byte[] message) {
            LocalSessionStore runner = holder.memory.nodes().get(node);
            if (runner != null) {
                runner.listener().told(kept.binding.session(), message);
            }
        }

        @Override
        public void end(Reason reason) {
            write(() -> {
                holder.memory.sessions().remove(kept.binding.session());
                holder.memory
                        .former()
                        .put(kept.binding.session(), new Former(kept.binding, kept.tokens, reason));
            });
        }

        @Override
        public void park() {
            parked = true;
        }
    }
}
