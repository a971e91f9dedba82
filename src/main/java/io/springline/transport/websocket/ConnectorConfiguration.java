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

    @Bean
    @ConditionalOnProperty("server.ssl.bundle")
    WebServerFactoryCustomizer<JettyServletWebServerFactory> tlsReload(
            SslBundles bundles, @Value("${server.ssl.bundle}") String bundle) {
        return factory -> factory.addServerCustomizers(new TlsReload(bundles, bundle));
    }
}
