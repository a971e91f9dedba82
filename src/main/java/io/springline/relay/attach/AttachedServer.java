package io.springline.relay.attach;

import io.springline.mcp.CloseReason;
import io.springline.relay.AttachedUpstreams;
import io.springline.relay.attach.connection.AttachedTransport;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.upstream.Absence;
import io.springline.relay.upstream.TransportSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One name that servers attach under, with its current connection. Thread-safe.
 *
 * <p>The end of a connection changes nothing if another one has replaced it.
 */
final class AttachedServer implements TransportSource {

    /** How long a call waits for a server that was connected a moment ago. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** One connection. */
    record Link(AttachedTransport transport, AttachRequest request, Instant since) {}

    private sealed interface State {
        record Online(Link link) implements State {}

        /** At another node, or away since it was there. */
        record Elsewhere(SharedServer server, long epoch) implements State {}

        record Offline(Instant since) implements State {}
    }

    private final String name;
    private final AttachCredential credential;
    private final boolean keptWhileOffline;
    private final Remote remote;
    private final AtomicReference<State> state;
    private final AtomicReference<@Nullable AttachedTransport> offered = new AtomicReference<>();
    private final AtomicReference<@Nullable UpstreamTransport> distant = new AtomicReference<>();

    /** Held while the state and the epoch change together. */
    private final ReentrantLock updating = new ReentrantLock();

    /** The highest epoch that this node knows; 0 before the first connection. */
    private volatile long epoch;

    private volatile int connects;
    private volatile int resumes;
    private volatile @Nullable Link latest;

    /** The way to servers at other nodes. */
    interface Remote {

        UpstreamTransport transport(String name, SharedServer server, long epoch);

        /** Returns whether the node can be reached. Never blocks. */
        boolean isReachable(String node);
    }

    AttachedServer(String name, AttachCredential credential, Remote remote) {
        this.name = name;
        this.credential = credential;
        this.keptWhileOffline = name.equals(credential.onlyName());
        this.remote = remote;
        this.state = new AtomicReference<>(new State.Offline(Instant.now()));
    }

    String name() {
        return name;
    }

    /** Returns the name of the token; servers with another one cannot have this name. */
    String token() {
        return credential.token();
    }

    AttachCredential credential() {
        return credential;
    }

    /** Returns the highest epoch that this node knows; 0 before the first connection. */
    long epoch() {
        return epoch;
    }

    /** Returns what another node says about it; null if this node had it last. */
    @Nullable SharedServer elsewhere() {
        return state.get() instanceof State.Elsewhere(SharedServer server, _) ? server : null;
    }

    /** Returns what other nodes may know; null if another node had it last, or none. */
    @Nullable SharedServer shared(String self) {
        Link known = latest;
        if (known == null || state.get() instanceof State.Elsewhere) {
            return null;
        }
        AttachedUpstreams.View view = view();
        return new SharedServer(
                self,
                token(),
                keptWhileOffline,
                view.state(),
                view.since().toEpochMilli(),
                known.request().instance(),
                known.request().address(),
                known.transport().isResumable());
    }

    /** The record has this epoch. */
    void learn(long recorded) {
        updating.lock();
        try {
            epoch = Math.max(epoch, recorded);
        } finally {
            updating.unlock();
        }
    }

    /** The server has resumed its session. */
    void resumed() {
        resumes++;
    }

    AttachedUpstreams.View view() {
        Link known = latest;
        AttachedUpstreams.State where = AttachedUpstreams.State.OFFLINE;
        Instant since;
        switch (state.get()) {
            case State.Offline(Instant ended) -> since = ended;
            case State.Elsewhere(SharedServer there, _) -> {
                return new AttachedUpstreams.View(
                        name,
                        token(),
                        isReachable(there) ? there.state() : AttachedUpstreams.State.OFFLINE,
                        there.address(),
                        there.sinceInstant(),
                        connects,
                        resumes,
                        there.resumable(),
                        there.node());
            }
            case State.Online(Link link) -> {
                Instant away = link.transport().awaySince();
                since = away == null ? link.since() : away;
                where =
                        away == null
                                ? AttachedUpstreams.State.ONLINE
                                : AttachedUpstreams.State.STALE;
            }
        }
        return new AttachedUpstreams.View(
                name,
                token(),
                where,
                known == null ? null : known.request().address(),
                since,
                connects,
                resumes,
                known != null && known.transport().isResumable(),
                null);
    }

    private boolean isReachable(SharedServer there) {
        return remote.isReachable(there.node());
    }

    /** Returns the current connection; null while the server is away. */
    @Nullable Link link() {
        return state.get() instanceof State.Online(Link link) ? link : null;
    }

    /**
     * Replaces the connection, unless it has changed in the meantime.
     *
     * @param before what {@link #link} returned
     * @param epoch of the new connection
     * @return whether {@code next} is the current connection now
     */
    boolean replace(@Nullable Link before, Link next, long epoch) {
        updating.lock();
        try {
            State now = state.get();
            Link current = now instanceof State.Online(Link link) ? link : null;
            if (epoch < this.epoch
                    || current != before
                    || !state.compareAndSet(now, new State.Online(next))) {
                return false;
            }
            this.epoch = epoch;
            connects++;
            latest = next;
            offered.set(next.transport());
        } finally {
            updating.unlock();
        }
        closeDistant();
        return true;
    }

    /**
     * Another node has a connection of this server, or had the last one.
     *
     * @return whether something has changed
     */
    boolean moved(long epoch, SharedServer server) {
        State now;
        boolean isNew;
        updating.lock();
        try {
            now = state.get();
            boolean sameConnection =
                    now instanceof State.Elsewhere(SharedServer known, long knownEpoch)
                            && knownEpoch == epoch
                            && (known.equals(server)
                                    || known.state() == AttachedUpstreams.State.OFFLINE
                                            && server.state() == AttachedUpstreams.State.OFFLINE);
            if (epoch < this.epoch
                    || sameConnection
                    || !state.compareAndSet(now, new State.Elsewhere(server, epoch))) {
                return false;
            }
            isNew = epoch > this.epoch;
            this.epoch = epoch;
            if (now instanceof State.Online) {
                offered.set(null);
            }
        } finally {
            updating.unlock();
        }
        if (now instanceof State.Online(Link link)) {
            String instance = link.request().instance();
            link.transport()
                    .close(
                            instance == null || instance.equals(server.instance())
                                    ? CloseReason.REPLACED
                                    : CloseReason.TRY_AGAIN_LATER, // it gets another name
                            "the server is at another replica now");
        }
        if (isNew || server.state() == AttachedUpstreams.State.OFFLINE) {
            closeDistant();
        }
        return true;
    }

    private void closeDistant() {
        UpstreamTransport former = distant.getAndSet(null);
        if (former != null) {
            former.close();
        }
    }

    /** Records that a connection has ended; nothing changes if it is not the current one. */
    void ended(AttachedTransport transport) {
        State now = state.get();
        if (now instanceof State.Online(Link link) && link.transport() == transport) {
            state.compareAndSet(now, new State.Offline(Instant.now()));
            offered.compareAndSet(transport, null);
        }
    }

    /** Returns whether the name can be given up: the server has been away for so long. */
    boolean isForgotten(Duration grace, Instant now) {
        Instant since =
                switch (state.get()) {
                    case State.Offline(Instant ended) -> ended;
                    case State.Elsewhere(SharedServer there, _)
                            when there.state() == AttachedUpstreams.State.OFFLINE ->
                            there.sinceInstant();
                    default -> null;
                };
        return !keptWhileOffline && since != null && !now.isBefore(since.plus(grace));
    }

    @Override
    public UpstreamTransport create() throws IOException {
        if (state.get() instanceof State.Elsewhere(SharedServer there, long known)) {
            UpstreamTransport next = remote.transport(name, there, known);
            distant.set(next);
            return next;
        }
        AttachedTransport next = offered.getAndSet(null);
        if (next == null) {
            throw new IOException("the server is not connected");
        }
        return next.own();
    }

    @Override
    public @Nullable Absence absence() {
        return switch (state.get()) {
            case State.Online(Link link) -> absence(link.transport().awaySince());
            case State.Offline(Instant since) -> absence(since);
            case State.Elsewhere(SharedServer there, _) -> {
                if (!isReachable(there)) {
                    yield new Absence(Instant.now(), Duration.ZERO);
                }
                yield there.state() == AttachedUpstreams.State.ONLINE
                        ? null
                        : absence(there.sinceInstant());
            }
        };
    }

    private static @Nullable Absence absence(@Nullable Instant since) {
        if (since == null) {
            return null;
        }
        boolean recent = Instant.now().isBefore(since.plus(PATIENCE));
        return new Absence(since, recent ? PATIENCE : Duration.ZERO);
    }

    /**
     * A connection that breaks without a sign is noticed later than a probe fails; the session may
     * still be resumed.
     */
    @Override
    public int toleratedSilences() {
        Link link = link();
        return link != null && link.transport().isResumable() ? 1 : 0;
    }
}
