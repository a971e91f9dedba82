package io.springline.auth;

import io.springline.session.Caller;
import java.util.Locale;

/**
 * The kinds of credentials that name a principal. Each kind has its own name space: the API token
 * {@code alice} and a JWT with the subject {@code alice} belong to different principals.
 */
enum PrincipalKind {
    /** A configured API token. */
    TOKEN,
    /** A configured URL token. */
    URL_TOKEN,
    /** A JWT of the configured issuer. */
    JWT,
    /** A login session of the application. */
    COOKIE,
    /** A TLS client certificate. */
    CERTIFICATE;

    private static final char SEPARATOR = ':';

    /** Returns the caller with this kind as prefix of its name, for example {@code jwt:alice}. */
    Caller qualify(Caller caller) {
        return new Caller(
                label() + SEPARATOR + caller.name(),
                caller.roles(),
                caller.expiresAt(),
                caller.token());
    }

    /** Returns true if the caller, whose name has a prefix, is of this kind. */
    boolean qualifies(Caller qualified) {
        return qualified.name().startsWith(label() + SEPARATOR);
    }

    private String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the name without the prefix. */
    static String bareName(Caller qualified) {
        return qualified.name().substring(qualified.name().indexOf(SEPARATOR) + 1);
    }
}
