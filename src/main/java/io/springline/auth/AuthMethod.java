package io.springline.auth;

import java.util.Locale;

/** The ways in which a client can authenticate, in the order of their precedence. */
public enum AuthMethod {
    /** A bearer token in the {@code Authorization} header. */
    AUTHORIZATION,
    /**
     * A token in a WebSocket subprotocol: {@code mcp.bearer.<base64url>} or {@code
     * mcp.auth.<token>}.
     */
    SUBPROTOCOL,
    /** A one-time ticket in the URL, see {@link Tickets}. */
    TICKET,
    /** A reusable token in the URL, see {@link UrlTokens}. */
    URL_TOKEN,
    /** A login session of the application, sent as a cookie, see {@link SessionPrincipals}. */
    COOKIE,
    /** A TLS client certificate, see {@link ClientCertificates}. */
    CERTIFICATE,
    /** The request {@code authenticate}, sent on the open connection. */
    IN_BAND,
    /** No credential: the caller is anonymous. */
    NONE;

    /** Returns the name in the audit log, for example {@code url-token}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
