package io.springline.cluster.session;

/**
 * What the owner of a session knows about its copy in Redis.
 *
 * <pre>
 * IDLE ◀──▶ WRITING ──refused──▶ LOST     another node owns the session
 *   │          │                  ▲
 *   │ Redis is away               │ refused
 *   ▼          ▼                  │
 * BEHIND ◀── STALE ───────────────┘
 *   └──Redis is back: all of the session is pushed──▶ WRITING
 * </pre>
 */
enum LeaseState {
    /** Redis has all of the session. */
    IDLE,
    /** A command is in progress. */
    WRITING,
    /** A command is in progress, and its answer does not cover what Redis has missed. */
    STALE,
    /** Redis has missed some of the session, and no command is in progress. */
    BEHIND,
    /** Another node owns the session. Final. */
    LOST;

    /** What happens to a lease. */
    enum Event {
        /** A write was queued. */
        QUEUED,
        /** The store stopped sending commands, since Redis does not answer. */
        AWAY,
        /** A push of all of the session begins. */
        CATCH_UP,
        /** The command succeeded, and no write waits. */
        KEPT_ALL,
        /** The command succeeded, and writes wait. */
        KEPT_SOME,
        /** The command failed, or was not sent. */
        MISSED,
        /** Redis refused the command: another node owns the session. */
        REFUSED
    }

    /**
     * Returns the state after an event.
     *
     * @throws IllegalStateException if the event cannot happen in this state
     */
    LeaseState after(Event event) {
        if (this == LOST && (event == Event.AWAY || event == Event.REFUSED)) {
            return LOST;
        }
        LeaseState next =
                switch (event) {
                    case QUEUED -> this == IDLE || this == WRITING ? WRITING : null;
                    case AWAY -> isBusy() ? STALE : BEHIND;
                    case CATCH_UP -> this == BEHIND ? WRITING : null;
                    case KEPT_ALL -> this == STALE ? BEHIND : this == WRITING ? IDLE : null;
                    case KEPT_SOME -> this == STALE ? BEHIND : this == WRITING ? WRITING : null;
                    case MISSED -> this == LOST ? null : BEHIND;
                    case REFUSED -> LOST;
                };
        if (next == null) {
            throw new IllegalStateException("%s in %s".formatted(event, this));
        }
        return next;
    }

    /** Returns true if Redis has missed some of the session. */
    boolean isBehind() {
        return this == BEHIND || this == STALE;
    }

    /** Returns true if a command is in progress. */
    boolean isBusy() {
        return this == WRITING || this == STALE;
    }
}
