package io.springline.transport.websocket;

import io.springline.transport.RequestDeadline;
import io.springline.transport.websocket.jetty.TlsReload;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.component.Container;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jetty.ConfigurableJettyWebServerFactory;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Sets what the service needs on all of its connectors. */
@Configuration(proxyBeanMethods = false)
class ConnectorConfiguration {

    @Bean
    WebServerFactoryCustomizer<ConfigurableJettyWebServerFactory> requestDeadlineCustomizer(
            RequestDeadline deadline) {
        return factory ->
                factory.addServerCustomizers(server -> {
                    for (Connector connector : server.getConnectors()) {
                        ((Container) connector).addBean(deadline);
                    }
                });
    }

    /** After Spring Boot's, which sets a pool of virtual threads only. */
    @Bean
    @Order(Ordered.LOWEST_PRECEDENCE)
    WebServerFactoryCustomizer<JettyServletWebServerFactory> jettyThreads() {
        return factory -> {
            var threads = new JettyThreads();
            factory.setThreadPool(threads);
            factory.addServerCustomizers(server -> {
                for (Connector connector : server.getConnectors()) {
                    connector.addEventListener(threads);
                }
            });
        };
    }

    @Bean
    @ConditionalOnProperty("server.ssl.bundle")
    WebServerFactoryCustomizer<JettyServletWebServerFactory> tlsReload(
            SslBundles bundles, @Value("${server.ssl.bundle}") String bundle) {
        return factory -> factory.addServerCustomizers(new TlsReload(bundles, bundle));
    }
}
