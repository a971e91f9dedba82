package io.springline.auth;

import io.springline.config.InvalidConfigurationException;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.servlet.ConfigurableServletWebServerFactory;
import org.springframework.core.Ordered;

/**
 * A service that asks nobody who he is listens on loopback only, unless it is told otherwise in so
 * many words.
 */
final class LoopbackByDefault
        implements WebServerFactoryCustomizer<ConfigurableServletWebServerFactory>, Ordered {

    private final boolean open;
    private final boolean allowAnonymous;
    private final @Nullable InetAddress configured;

    /**
     * @param open whether everybody gets in who reaches the service
     * @param configured the value of {@code server.address}, or null
     */
    LoopbackByDefault(boolean open, boolean allowAnonymous, @Nullable InetAddress configured) {
        this.open = open;
        this.allowAnonymous = allowAnonymous;
        this.configured = configured;
    }

    @Override
    public void customize(ConfigurableServletWebServerFactory factory) {
        if (!open) {
            return;
        }
        if (configured == null) {
            factory.setAddress(InetAddress.getLoopbackAddress());
        } else if (!configured.isLoopbackAddress() && !allowAnonymous) {
            throw new InvalidConfigurationException(
                    "server.address=%s lets other machines connect, and no credentials are configured"
                            .formatted(configured.getHostAddress()),
                    "Configure springline.auth.tokens or spring.security.oauth2.resourceserver.jwt.*,"
                            + " or remove server.address to listen on this machine only,"
                            + " or set springline.auth.allow-anonymous=true to let everybody use it.");
        }
    }

    /** After Boot's own customizer, which sets what {@code server.address} says. */
    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }
}
