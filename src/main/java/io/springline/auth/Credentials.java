package io.springline.auth;

import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.security.Principal;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The credentials that a client presents with its handshake. They are not kept after the handshake.
 *
 * @param extracted the credentials from the headers and the URL
 * @param origin the Origin header, already checked against the allow-list; null if there is none
 * @param principal the principal that the application itself has authenticated, or null
 * @param certificate the client certificate, verified by the TLS handshake, or null
 * @param local whether the connection comes from this machine
 */
public record Credentials(
        Extracted extracted,
        @Nullable String origin,
        @Nullable Principal principal,
        @Nullable X509Certificate certificate,
        boolean local) {

    /** The query parameter that carries a ticket. */
    public static final String TICKET_PARAMETER = "ticket";

    /** The query parameter that carries a URL token. */
    public static final String TOKEN_PARAMETER = "token";

    /** The prefix of a subprotocol that carries a token in base64url. */
    static final String ENCODED_TOKEN = "mcp.bearer.";

    /** The prefix of a subprotocol that carries a token without encoding. */
    static final String PLAIN_TOKEN = "mcp.auth.";

    private static final String SCHEME = "bearer ";
    private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

    /**
     * Credentials that were removed from a request before filters, handlers and the access log see
     * it.
     *
     * @param authorization the values of the {@code Authorization} header
     * @param subprotocols the subprotocols that carry tokens
     * @param tickets the values of the query parameter {@code ticket}
     * @param urlTokens the values of the query parameter {@code token}
     */
    public record Extracted(
            List<String> authorization,
            List<String> subprotocols,
            List<String> tickets,
            List<String> urlTokens) {

        /** The request attribute in which they are kept until the handshake is checked. */
        public static final String ATTRIBUTE = "springline.credentials";

        private static final Extracted NOTHING = onlyAuthorization(List.of());

        private static Extracted onlyAuthorization(List<String> authorization) {
            return new Extracted(authorization, List.of(), List.of(), List.of());
        }

        /** Contains no credential. */
        @Override
        public String toString() {
            return "Extracted[…]";
        }
    }

    /** Returns true if an offered subprotocol carries a token. */
    public static boolean isToken(String subprotocol) {
        return subprotocol.startsWith(ENCODED_TOKEN) || subprotocol.startsWith(PLAIN_TOKEN);
    }

    /** Returns the credentials of the request, and removes {@link Extracted#ATTRIBUTE} from it. */
    public static Credentials of(HttpServletRequest request) {
        Extracted extracted =
                request.getAttribute(Extracted.ATTRIBUTE) instanceof Extracted found
                        ? found
                        : Extracted.NOTHING;
        request.removeAttribute(Extracted.ATTRIBUTE);
        return new Credentials(
                extracted,
                request.getHeader("Origin"),
                request.getUserPrincipal(),
                request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain
                                && chain.length > 0
                        ? chain[0]
                        : null,
                isLocal(request));
    }

    /** Returns all bearer tokens: those of the header, the subprotocols and the URL. */
    public List<String> tokens() {
        var tokens = new ArrayList<String>();
        for (String header : extracted.authorization) {
            if (header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
                tokens.add(header.substring(SCHEME.length()).strip());
            }
        }
        for (String subprotocol : extracted.subprotocols) {
            if (subprotocol.startsWith(PLAIN_TOKEN)) {
                tokens.add(subprotocol.substring(PLAIN_TOKEN.length()));
            }
        }
        tokens.addAll(extracted.urlTokens);
        return tokens;
    }

    /** Returns the credentials without those in the URL and the subprotocols. */
    public Credentials onlyAuthorization() {
        return new Credentials(
                Extracted.onlyAuthorization(extracted.authorization),
                origin,
                principal,
                certificate,
                local);
    }

    /** Returns true if the request comes from this machine. */
    static boolean isLocal(HttpServletRequest request) {
        return isLoopback(request.getRemoteAddr());
    }

    private static boolean isLoopback(@Nullable String address) {
        try {
            return address != null && InetAddress.ofLiteral(address).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Contains no credential. */
    @Override
    public String toString() {
        return "Credentials[…]";
    }
}
