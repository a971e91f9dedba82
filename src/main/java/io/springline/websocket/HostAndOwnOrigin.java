package io.springline.websocket;

import io.springline.auth.OwnPages;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpHeaders;

/**
 * The Host has to be on the allow-list, against DNS rebinding, and a page must come from that very
 * host: stricter than for upgrades, since pages that may use the tools are no operator's.
 */
final class HostAndOwnOrigin implements OwnPages {

    private static final String SCHEME_END = "://";

    private final AllowedNames hosts;

    HostAndOwnOrigin(AllowedNames hosts) {
        this.hosts = hosts;
    }

    @Override
    public boolean made(HttpServletRequest request) {
        String host = request.getHeader(HttpHeaders.HOST);
        if (host == null || !hosts.allowsHost(host)) {
            return false;
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null) {
            return true;
        }
        // Without the scheme: a proxy in front may have taken TLS off.
        int scheme = origin.indexOf(SCHEME_END);
        return scheme > 0 && origin.substring(scheme + SCHEME_END.length()).equalsIgnoreCase(host);
    }
}
