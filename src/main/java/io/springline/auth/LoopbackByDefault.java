package io.springline.auth;

import io.springline.config.InvalidConfigurationException;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.servlet.ConfigurableServletWebServerFactory;
import org.springframework.core.Ordered;

/**
 * Makes the web server listen on loopback only if no credentials are configured. If {@code
 * server.address} is another address, the start fails unless anonymous clients are allowed
 * explicitly.
 */
final class LoopbackByDefault
        implements WebServerFactoryCustomizer<ConfigurableServletWebServerFactory>, Ordered {

    private final boolean open;
    private final boolean allowAnonymous;
    private final @Nullable InetAddress configured;

    /**
     * @param open true if no credentials are configured
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

    /** Runs after Spring Boot's own customizer, which applies {@code server.address}. */
    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }
}
