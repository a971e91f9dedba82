package io.springline.transport.websocket;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

/** The whole service with its default limits, and the conditions that no peer may break. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.profiles.active=conformance",
            "springline.requests.rate=1000/s",
            "springline.session.max-buffered=16KB",
            "springline.session.grace=1s",
            "springline.websocket.request-timeout=1s",
            "springline.websocket.max-message-size=10MB",
            // longer than the tests wait, so that no idle timeout hides a missing deadline
            "server.jetty.connection-idle-timeout=5m"
        })
@ExtendWith(Undisturbed.class)
@interface HostileTest {}
