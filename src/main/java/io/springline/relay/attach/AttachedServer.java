package io.springline.relay.attach;

import io.springline.relay.AttachedUpstreams;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.upstream.Absence;
import io.springline.relay.upstream.TransportSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One name that servers attach under, with its current connection. Thread-safe.
 *
 * <p>The end of a connection changes nothing if another one has replaced it.
 */
final class AttachedServer implements TransportSource {

    /** How long a call waits for a server that was connected a moment ago. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /**
     * One connection.
     *
     * @param serverName what the server calls itself; empty if it does not say
     */
    record Link(
            AttachedTransport transport, AttachRequest request, String serverName, Instant since) {}

    private sealed interface State {
        record Online(Link link) implements State {}

        record Offline(Instant since) implements State {}
    }

    private final String name;
    private final AttachCredential credential;
    private final boolean keptWhileOffline;
    private final AtomicReference<State> state;
    private final AtomicReference<@Nullable AttachedTransport> offered = new AtomicReference<>();
    private volatile int connects;
    private volatile int resumes;
    private volatile @Nullable Link latest;

    AttachedServer(String name, AttachCredential credential) {
        this.name = name;
        this.credential = credential;
        this.keptWhileOffline = name.equals(credential.onlyName());
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
                known != null && known.transport().isResumable());
    }

    /** Returns the current connection; null while the server is away. */
    @Nullable Link link() {
        return state.get() instanceof State.Online(Link link) ? link : null;
    }

    /**
     * Replaces the connection, unless it has changed in the meantime.
     *
     * @param before what {@link #link} returned
     * @return whether {@code next} is the current connection now
     */
    boolean replace(@Nullable Link before, Link next) {
        State now = state.get();
        Link current = now instanceof State.Online(Link link) ? link : null;
        if (current != before || !state.compareAndSet(now, new State.Online(next))) {
            return false;
        }
        connects++;
        latest = next;
        offered.set(next.transport());
        return true;
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
        return !keptWhileOffline
                && state.get() instanceof State.Offline(Instant since)
                && !now.isBefore(since.plus(grace));
    }

    @Override
    public UpstreamTransport create() throws IOException {
        AttachedTransport next = offered.getAndSet(null);
        if (next == null) {
            throw new IOException("the server is not connected");
        }
        return next;
    }

    @Override
    public @Nullable Absence absence() {
        return switch (state.get()) {
            case State.Online(Link link) -> absence(link.transport().awaySince());
            case State.Offline(Instant since) -> absence(since);
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
