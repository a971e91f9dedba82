package io.springline.resume;

import io.springline.concurrent.Interleaving;
import io.springline.resume.connection.ResumableConnection;
import io.springline.resume.store.LocalSessionStore;
import io.springline.session.McpSession;
import io.springline.session.SessionRegistry;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.springframework.util.unit.DataSize;

/** Resumable sessions of one node with a clock and threads that a simulation controls. */
public final class SimulatedNode {

    /** How long a client may be away. */
    public static final Duration GRACE = Duration.ofMinutes(2);

    private final SimulatedSessions service;
    private long now;
    private int ids;

    /**
     * @param maxDetached see {@link SessionProperties}
     */
    public SimulatedNode(Interleaving strands, int maxDetached) {
        service =
                new SimulatedSessions(
                        new SessionProperties(GRACE, DataSize.ofKilobytes(1), maxDetached),
                        new LocalSessionStore(),
                        () -> new UUID(0, ++ids).toString(),
                        () -> now,
                        task -> strands.spawn("task", task));
    }

    public ResumableSessions sessions() {
        return service.sessions();
    }

    public SessionRegistry registry() {
        return service.registry();
    }

    public void pass(Duration time) {
        now += time.toNanos();
    }

    public void sweep() {
        service.sweep();
    }

    /** Those that have no socket at present and have not ended. */
    public List<McpSession> detached() {
        return registry().all().stream().filter(each -> isDetached(each)).toList();
    }

    private static boolean isDetached(McpSession session) {
        return session.connection() instanceof ResumableConnection kept && kept.absence() != null;
    }

    /** Whether a session has ended and has yet to be forgotten by the sweep. */
    public static boolean hasEnded(McpSession session) {
        return session.connection() instanceof ResumableConnection kept && kept.ended() != null;
    }
}
