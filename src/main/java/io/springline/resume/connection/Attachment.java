package io.springline.resume.connection;

import io.springline.resume.store.ResumeResult.Reason;
import io.springline.session.Connection;
import org.jspecify.annotations.Nullable;

/**
 * The state of a resumable session: which socket serves it, if any, and whether it still lives on
 * this node.
 *
 * <pre>
 * ATTACHED ──detach──▶ DETACHED ──end(EXPIRED)──▶ ENDED
 *    ▲  └──attach: the newer socket wins─▶ ATTACHED  ▲
 *    └──────attach──────┘  └──────over the limit─────┘ (OVERFLOW)
 *
 * ATTACHED, DETACHED ──move──▶ MOVED    another node owns the session
 * </pre>
 *
 * MOVED and ENDED are final. The lock of the connection guards changes; any thread may read.
 */
final class Attachment {

    sealed interface State {}

    record Attached(Connection socket, Hearing hearing) implements State {}

    record Detached(Absence absence) implements State {}

    /**
     * @param responses the open responses of an HTTP session, on which clients still wait for
     *     answers, or null
     */
    record Moved(@Nullable Connection responses) implements State {}

    record Ended(Reason reason) implements State {}

    /** What is known about an attached client. */
    enum Hearing {
        /** It has sent nothing on this socket, so it may not have the newest token. */
        SILENT,
        HEARD,
        /** Its messages are not served, because it will be sent to another node. */
        PARKED
    }

    private volatile State state;
    private volatile String socketId;

    /**
     * @param id the value of {@link #socketId} until the first socket is attached
     */
    Attachment(String id, long nowNanos) {
        this.state = new Detached(new Absence(nowNanos));
        this.socketId = id;
    }

    /** Returns the id of the socket that is attached, or was attached last. */
    String socketId() {
        return socketId;
    }

    State state() {
        return state;
    }

    /** Returns false, with nothing changed, if the state is final. */
    boolean attach(Connection socket, Hearing hearing) {
        if (!become(new Attached(socket, hearing))) {
            return false;
        }
        socketId = socket.id();
        return true;
    }

    /** Returns false, with nothing changed, if another socket is attached or the state is final. */
    boolean detach(Connection gone, long nowNanos) {
        return socket() == gone && become(new Detached(new Absence(nowNanos)));
    }

    /** Returns false, with nothing changed, if the state is final. */
    boolean move(@Nullable Connection responses) {
        return become(new Moved(responses));
    }

    /** Returns false, with nothing changed, if the state is final: the first reason stays. */
    boolean end(Reason reason) {
        return become(new Ended(reason));
    }

    private boolean become(State next) {
        if (state instanceof Moved || state instanceof Ended) {
            return false;
        }
        state = next;
        return true;
    }

    /** Returns the attached socket, or null. */
    @Nullable Connection socket() {
        return state instanceof Attached(var socket, _) ? socket : null;
    }

    /** Returns what is known about the client of this socket, or null if it is not attached. */
    @Nullable Hearing hearingOn(Connection over) {
        return state instanceof Attached(var socket, var hearing) && socket == over
                ? hearing
                : null;
    }

    /** Returns the connection to which messages are written, or null. */
    @Nullable Connection carrier() {
        return switch (state) {
            case Attached(var socket, _) -> socket;
            case Moved(var responses) -> responses;
            case Detached _, Ended _ -> null;
        };
    }

    /** Returns the reason for which the session has ended, or null. */
    @Nullable Reason ended() {
        return state instanceof Ended(var reason) ? reason : null;
    }

    /** Returns the present absence of the client, or null in all states but DETACHED. */
    @Nullable Absence absence() {
        return state instanceof Detached(var absence) ? absence : null;
    }
}
