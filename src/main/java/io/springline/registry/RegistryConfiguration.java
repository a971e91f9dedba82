package io.springline.registry;

import io.springline.auth.Authenticator;
import io.springline.config.InvalidConfigurationException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;

/** Configures the registry documents if {@code springline.registry.name} is set. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RegistryProperties.class)
class RegistryConfiguration {

    private static final String PUBLIC_URL = "springline.auth.public-url";

    @Bean("springlineRegistryRoutes")
    @Order(Ordered.HIGHEST_PRECEDENCE)
    @ConditionalOnProperty("springline.registry.name")
    RouterFunction<ServerResponse> registryRoutes(
            RegistryProperties properties,
            Environment environment,
            Authenticator authenticator,
            ObjectProvider<BuildProperties> build) {
        String path = environment.getProperty("springline.websocket.path", "/mcp");
        var documents =
                new RegistryDocuments(
                        Objects.requireNonNull(properties.name()),
                        Objects.requireNonNull(properties.description()),
                        environment.getProperty("springline.server.title", "Springline"),
                        version(environment, build.getIfAvailable()),
                        properties.websiteUrl(),
                        properties.repository(),
                        publicUrl(environment) + path,
                        authenticator.requiresConfiguredToken());
        return new RegistryRoutes(documents).at(path);
    }

    private static String version(Environment environment, @Nullable BuildProperties build) {
        String configured = environment.getProperty("springline.server.version");
        String built = build == null ? null : build.getVersion();
        return configured != null ? configured : built != null ? built : "0";
    }

    private static String publicUrl(Environment environment) {
        String url = environment.getProperty(PUBLIC_URL);
        if (url == null) {
            throw new InvalidConfigurationException(
                    "springline.registry.name is set, but %s is not: the registry entry needs the URL of this service"
                            .formatted(PUBLIC_URL),
                    "Set it to the scheme and authority under which clients reach this service, for"
                            + " example https://mcp.example.com.");
        }
        return url;
    }
}
