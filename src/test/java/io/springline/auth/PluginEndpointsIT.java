package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.Http;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/** Web endpoints that a plug-in brings. */
class PluginEndpointsIT {

    @TestConfiguration(proxyBeanMethods = false)
    static class Plugin {

        @Bean
        RouterFunction<ServerResponse> forecast() {
            return RouterFunctions.route()
                    .GET("/forecast", _ -> ServerResponse.ok().body("Sunny"))
                    .build();
        }
    }

    @Nested
    @Import(Plugin.class)
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = {
                "springline.auth.tokens[0].name=ada",
                // the SHA-256 of "tok-ada-4711"
                "springline.auth.tokens[0].hash=sha256:fc64a0c195eda45d730a829931b75afc442126bcc5ceb5c61fe008d1bf2d39b4"
            })
    class WithCredentials {

        @LocalServerPort int port;

        @Test
        void requireACredential() throws Exception {
            var stranger = Http.send(port, "GET", "/forecast");
            assertThat(stranger.statusCode()).isEqualTo(401);
            assertThat(stranger.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
            assertThat(
                            Http.send(port, "GET", "/forecast", "Authorization", "Bearer wrong")
                                    .statusCode())
                    .isEqualTo(401);
            var known = Http.send(port, "GET", "/forecast", "Authorization", "Bearer tok-ada-4711");
            assertThat(known.body()).isEqualTo("Sunny");
        }
    }

    @Nested
    @Import(Plugin.class)
    @SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
    class WithoutCredentials {

        @LocalServerPort int port;

        @Test
        void areForThisMachineAndForNoForeignPage() throws Exception {
            assertThat(Http.send(port, "GET", "/forecast").body()).isEqualTo("Sunny");
            assertThat(
                            Http.send(port, "GET", "/forecast", "Origin", "https://evil.example")
                                    .statusCode())
                    .isEqualTo(403);
        }
    }
}
