package io.springline.auth;

import io.springline.session.Caller;

/** The result of checking the credentials of a handshake. */
public sealed interface Authentication {

    /**
     * The credentials are valid.
     *
     * @param method the method of the credential with the highest precedence
     */
    record Accepted(Caller caller, AuthMethod method) implements Authentication {}

    /**
     * The client presented no credential, and in-band authentication is enabled. It may connect,
     * but must send {@code authenticate} before the deadline.
     */
    record Awaited() implements Authentication {}

    /**
     * The handshake is refused.
     *
     * @param method the method of the credential at fault, {@code NONE} if there is no credential
     */
    record Refused(Fault fault, AuthMethod method) implements Authentication {}

    /** The reasons for a refusal. */
    enum Fault {
        /** The client presented no credential. */
        MISSING,
        /** A credential is unknown, expired, already used or malformed. */
        INVALID,
        /** The {@code Authorization} header has no valid syntax, or occurs more than once. */
        MALFORMED,
        /** Two credentials name different principals. */
        CONFLICT
    }
}
