package io.springline.auth;

import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client presents with its handshake, to be forgotten when that has been looked at.
 *
 * @param authorization the values of the {@code Authorization} header, normally one at most
 * @param subprotocols as offered, those that carry tokens among them
 * @param tickets the values of the query parameter {@code ticket}, normally one at most
 * @param origin of the web page, already held against the allow-list; null for other clients
 * @param principal whom the application's own security has authenticated, or null
 * @param certificate of the client, verified by the TLS handshake, or null
 */
public record Credentials(
        List<String> authorization,
        List<String> subprotocols,
        List<String> tickets,
        @Nullable String origin,
        @Nullable Principal principal,
        @Nullable X509Certificate certificate) {

    /** The query parameter that a ticket stands in. */
    public static final String TICKET_PARAMETER = "ticket";

    private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

    public static Credentials of(HttpServletRequest request) {
        String[] tickets = request.getParameterValues(TICKET_PARAMETER);
        return new Credentials(
                Collections.list(request.getHeaders("Authorization")),
                subprotocols(request),
                tickets == null ? List.of() : List.of(tickets),
                request.getHeader("Origin"),
                request.getUserPrincipal(),
                request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain
                                && chain.length > 0
                        ? chain[0]
                        : null);
    }

    private static List<String> subprotocols(HttpServletRequest request) {
        var offered = new ArrayList<String>();
        for (String header : Collections.list(request.getHeaders("Sec-WebSocket-Protocol"))) {
            for (String each : header.split(",")) {
                offered.add(each.strip());
            }
        }
        return offered;
    }

    /** Says nothing. */
    @Override
    public String toString() {
        return "Credentials[…]";
    }
}
