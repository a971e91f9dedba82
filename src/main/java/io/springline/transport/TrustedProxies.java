package io.springline.transport;

import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import org.springframework.security.web.util.matcher.IpAddressMatcher;

/**
 * Determines the address of a client behind proxies. In {@code X-Forwarded-For}, read from its end,
 * the first address that is not a trusted proxy is the client's. Addresses before it are ignored,
 * since a client can write anything there.
 */
public final class TrustedProxies {

    private static final String FORWARDED_FOR = "X-Forwarded-For";

    /** An address is trusted if each list contains it. There are two only during a reload. */
    private volatile List<List<IpAddressMatcher>> trusted;

    /**
     * @param networks addresses, or networks such as {@code 10.0.0.0/8}
     * @throws IllegalArgumentException if an entry has another form
     */
    public TrustedProxies(List<String> networks) {
        this.trusted = List.of(networks.stream().map(TrustedProxies::matcher).toList());
    }

    /** Trusts only addresses that the other one trusts, too. Call {@link #replace} afterwards. */
    public void retain(TrustedProxies other) {
        trusted = List.of(trusted.getFirst(), other.trusted.getFirst());
    }

    /** Replaces all networks. They apply to the next request. */
    public void replace(TrustedProxies other) {
        trusted = other.trusted;
    }

    private static IpAddressMatcher matcher(String network) {
        try {
            return new IpAddressMatcher(network);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "must be an IP address or a network such as 10.0.0.0/8, not '%s'"
                            .formatted(network),
                    e);
        }
    }

    public ClientAddress clientOf(HttpServletRequest request) {
        InetAddress peer = literal(request.getRemoteAddr());
        if (!isTrusted(peer)) {
            return new ClientAddress(peer, request.getRemotePort());
        }
        InetAddress known = peer;
        for (String hop : hops(request).reversed()) {
            InetAddress before;
            try {
                before = literal(hop.strip());
            } catch (IllegalArgumentException e) {
                break;
            }
            known = before;
            if (!isTrusted(before)) {
                break;
            }
        }
        return new ClientAddress(known, null);
    }

    private boolean isTrusted(InetAddress address) {
        return trusted.stream().allMatch(each -> contains(each, address));
    }

    private static boolean contains(List<IpAddressMatcher> networks, InetAddress address) {
        return networks.stream().anyMatch(each -> each.matches(address.getHostAddress()));
    }

    private static List<String> hops(HttpServletRequest request) {
        return Collections.list(request.getHeaders(FORWARDED_FOR)).stream()
                .flatMap(header -> List.of(header.split(",")).stream())
                .toList();
    }

    /** Accepts a port, and brackets around IPv6, which some proxies write. */
    private static InetAddress literal(String text) {
        int bracket = text.indexOf(']');
        if (text.startsWith("[") && bracket > 0) {
            return InetAddress.ofLiteral(text.substring(1, bracket));
        }
        int colon = text.indexOf(':');
        boolean port = colon > 0 && colon == text.lastIndexOf(':');
        return InetAddress.ofLiteral(port ? text.substring(0, colon) : text);
    }
}
