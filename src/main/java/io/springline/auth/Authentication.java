package io.springline.auth;

import io.springline.session.Caller;

/** What became of the credentials of a handshake. */
public sealed interface Authentication {

    /**
     * @param way the first of the ways in that named the caller
     */
    record Accepted(Caller caller, AuthMethod way) implements Authentication {}

    /** The client presented nothing and may come in to say who it is, and for nothing else. */
    record Awaited() implements Authentication {}

    /**
     * @param way that of the credential at fault
     */
    record Refused(Fault fault, AuthMethod way) implements Authentication {}

    /** Why a client is not let in. */
    enum Fault {
        /** It presented no credential. */
        MISSING,
        /** A credential is unknown, expired, used or malformed. */
        INVALID,
        /** The {@code Authorization} header is none. */
        MALFORMED,
        /** Two credentials name different principals. */
        CONFLICT
    }
}
