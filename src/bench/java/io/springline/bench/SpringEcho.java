package io.springline.bench;

import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.handler.TextWebSocketHandler;
import org.springframework.web.socket.server.jetty.JettyRequestUpgradeStrategy;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

/**
 * What carrying a message costs by itself: a Spring handler that sends back what it gets, on the
 * service's container with virtual threads, and nothing else. No {@code @Configuration}: the
 * service's component scan must not find it.
 */
@EnableWebSocket
@ImportAutoConfiguration({
    JettyServletWebServerAutoConfiguration.class,
    DispatcherServletAutoConfiguration.class,
    WebMvcAutoConfiguration.class
})
class SpringEcho {

    public static void main(String[] args) {
        SpringApplication.run(SpringEcho.class, args);
    }

    @Bean
    static WebSocketConfigurer endpoint() {
        WebSocketHandler echo = new Echo();
        var upgrade = new JettyRequestUpgradeStrategy();
        // as in the service: idle connections are what it is compared with
        upgrade.addWebSocketConfigurer(container -> container.setIdleTimeout(Duration.ZERO));
        var handshake = new DefaultHandshakeHandler(upgrade);
        return registry -> registry.addHandler(echo, "/mcp").setHandshakeHandler(handshake);
    }

    private static final class Echo extends TextWebSocketHandler {

        @Override
        protected void handleTextMessage(WebSocketSession session, TextMessage message)
                throws Exception {
            session.sendMessage(new TextMessage(message.getPayload()));
        }
    }
}
