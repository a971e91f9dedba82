package io.springline.relay.consent;

import java.net.URI;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ConsentProperties.class)
class ConsentConfiguration {

    /**
     * @param shared the store of all nodes of a cluster; else this node has its own
     */
    @Bean("springlineConsents")
    ConsentedUpstreams consentedUpstreams(
            ConsentProperties properties,
            Environment environment,
            ObjectProvider<ConsentStore> shared) {
        String publicUrl = environment.getProperty("springline.auth.public-url");
        ConsentStore store = shared.getIfAvailable();
        return new ConsentedUpstreams(
                properties,
                publicUrl == null ? null : URI.create(publicUrl),
                store != null ? store : new LocalConsentStore(properties.file(), Clock.systemUTC()),
                store != null);
    }

    @Bean("springlineConsentRoutes")
    RouterFunction<ServerResponse> consentRoutes(ConsentedUpstreams upstreams) {
        return new ConsentRoutes(upstreams).routes();
    }
}
