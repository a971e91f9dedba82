package io.springline.auth;

import java.util.Locale;

/** How a client says who it is, the most trusted way first. */
public enum AuthMethod {
    /** The header {@code Authorization: Bearer}. */
    AUTHORIZATION,
    /** A subprotocol {@code mcp.bearer.<base64url>} or {@code mcp.auth.<token>}. */
    SUBPROTOCOL,
    /** A one-time ticket in the URL, see {@link Tickets}. */
    TICKET,
    /** A reusable token in the URL, see {@link UrlTokens}. */
    URL_TOKEN,
    /** A session that other parts of the application have authenticated by cookie. */
    COOKIE,
    /** A client certificate. */
    CERTIFICATE,
    /** {@code authenticate} on the open connection. */
    IN_BAND,
    /** Not at all. */
    NONE;

    /** As the audit log calls it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
