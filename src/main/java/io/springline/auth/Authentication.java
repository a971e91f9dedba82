package io.springline.auth;

import io.springline.session.Caller;

/** What became of a credential. */
public sealed interface Authentication {

    record Accepted(Caller caller) implements Authentication {}

    /**
     * @param challenge the value of the {@code WWW-Authenticate} header that goes with the 401
     */
    record Refused(String challenge) implements Authentication {}
}
