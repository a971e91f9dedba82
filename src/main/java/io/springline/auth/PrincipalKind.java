package io.springline.auth;

import io.springline.session.Caller;
import java.util.Locale;

/**
 * What vouches for a principal's name. Each kind has a name space of its own: the API token {@code
 * alice} and the JWT with the subject {@code alice} belong to different principals.
 */
enum PrincipalKind {
    /** A configured API token. */
    TOKEN,
    /** A configured URL token. */
    URL_TOKEN,
    /** A JWT of the configured issuer. */
    JWT,
    /** A session of the application's own login. */
    COOKIE,
    /** A TLS client certificate. */
    CERTIFICATE;

    private static final char SEPARATOR = ':';

    /** Returns the caller with this kind in front of its name, for example {@code jwt:alice}. */
    Caller qualify(Caller caller) {
        return new Caller(label() + SEPARATOR + caller.name(), caller.roles(), caller.expiresAt());
    }

    /** Returns true if the qualified caller is of this kind. */
    boolean qualifies(Caller qualified) {
        return qualified.name().startsWith(label() + SEPARATOR);
    }

    private String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the name of a qualified caller without its kind. */
    static String bareName(Caller qualified) {
        return qualified.name().substring(qualified.name().indexOf(SEPARATOR) + 1);
    }
}
