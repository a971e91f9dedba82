package io.springline.auth;

import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client presents with its handshake, to be forgotten when that has been looked at.
 *
 * @param lifted what was in headers and the URL
 * @param origin of the web page, already held against the allow-list; null for other clients
 * @param principal whom the application's own security has authenticated, or null
 * @param certificate of the client, verified by the TLS handshake, or null
 */
public record Credentials(
        Lifted lifted,
        @Nullable String origin,
        @Nullable Principal principal,
        @Nullable X509Certificate certificate) {

    /** The query parameter that a ticket stands in. */
    public static final String TICKET_PARAMETER = "ticket";

    /** The query parameter that carries a URL token. */
    public static final String TOKEN_PARAMETER = "token";

    /** In front of a token in base64url, among the subprotocols that a client offers. */
    static final String ENCODED_TOKEN = "mcp.bearer.";

    /** In front of a token as it is. */
    static final String PLAIN_TOKEN = "mcp.auth.";

    private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

    /**
     * Credentials that were taken off a request before anybody else could see it.
     *
     * @param authorization the values of the {@code Authorization} header, normally one at most
     * @param subprotocols those that carry tokens
     * @param tickets the values of the query parameter {@code ticket}, normally one at most
     * @param urlTokens the values of the query parameter {@code token}, normally one at most
     */
    public record Lifted(
            List<String> authorization,
            List<String> subprotocols,
            List<String> tickets,
            List<String> urlTokens) {

        /** Of the request that they were taken off. */
        public static final String ATTRIBUTE = "springline.credentials";

        private static final Lifted NOTHING = onlyAuthorization(List.of());

        private static Lifted onlyAuthorization(List<String> authorization) {
            return new Lifted(authorization, List.of(), List.of(), List.of());
        }

        /** Says nothing. */
        @Override
        public String toString() {
            return "Lifted[…]";
        }
    }

    /** Whether a subprotocol is none, but carries a token. */
    public static boolean isToken(String subprotocol) {
        return subprotocol.startsWith(ENCODED_TOKEN) || subprotocol.startsWith(PLAIN_TOKEN);
    }

    /** Takes them, so that the request has them no more. */
    public static Credentials of(HttpServletRequest request) {
        Lifted lifted =
                request.getAttribute(Lifted.ATTRIBUTE) instanceof Lifted found
                        ? found
                        : Lifted.NOTHING;
        request.removeAttribute(Lifted.ATTRIBUTE);
        return new Credentials(
                lifted,
                request.getHeader("Origin"),
                request.getUserPrincipal(),
                request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain
                                && chain.length > 0
                        ? chain[0]
                        : null);
    }

    /** Returns the credentials without those in the URL and the subprotocols. */
    public Credentials onlyAuthorization() {
        return new Credentials(
                Lifted.onlyAuthorization(lifted.authorization), origin, principal, certificate);
    }

    /** Says nothing. */
    @Override
    public String toString() {
        return "Credentials[…]";
    }
}
