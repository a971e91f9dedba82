package io.springline.transport.handshake;

import io.springline.auth.Authenticator;
import io.springline.reload.Reloadable;
import io.springline.reload.ValidatedProperties;
import io.springline.transport.AllowLists;
import io.springline.transport.TrustedProxies;
import io.springline.transport.WebSocketProperties;
import java.util.Set;
import org.springframework.core.env.Environment;

/** Applies changed lists of hosts, origins and trusted proxies. They apply to the next request. */
final class AllowListReload implements Reloadable {

    private static final String PREFIX = "springline.websocket.";

    private final AllowLists allowed;
    private final TrustedProxies proxies;
    private final Authenticator authenticator;

    AllowListReload(AllowLists allowed, TrustedProxies proxies, Authenticator authenticator) {
        this.allowed = allowed;
        this.proxies = proxies;
        this.authenticator = authenticator;
    }

    @Override
    public Set<String> prefixes() {
        return Set.of(
                PREFIX + "allowed-origins", PREFIX + "allowed-hosts", PREFIX + "trusted-proxies");
    }

    @Override
    public Change prepare(Environment changed) {
        WebSocketProperties next =
                ValidatedProperties.bind(
                        changed, "springline.websocket", WebSocketProperties.class);
        check(next, authenticator);
        var nextProxies = new TrustedProxies(next.trustedProxies());
        return new Change() {

            @Override
            public void withdraw() {
                allowed.retain(next);
                proxies.retain(nextProxies);
            }

            @Override
            public void apply() {
                allowed.replace(next);
                proxies.replace(nextProxies);
            }
        };
    }

    /**
     * Checks that not every web page can use a login of the application.
     *
     * @throws IllegalArgumentException if it can
     */
    static void check(WebSocketProperties properties, Authenticator authenticator) {
        if (authenticator.acceptsCookies() && properties.origins().allowsEverything()) {
            throw new IllegalArgumentException(
                    "springline.websocket.allowed-origins: '*' and"
                            + " springline.auth.session-cookie.enabled together would let every web"
                            + " page use this service in the browser of a user who is logged in");
        }
    }
}
