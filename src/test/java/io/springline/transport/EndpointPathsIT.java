package io.springline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.SpringlineApplication;
import io.springline.feature.Tool;
import io.springline.feature.endpoint.EndpointSource;
import io.springline.feature.endpoint.FeaturesFactory;
import io.springline.feature.result.ToolResult;
import io.springline.testing.Http;
import io.springline.testing.RawSocket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** Endpoints by their paths: those that exist, with a slash at the end, and those that do not. */
class EndpointPathsIT {

    @TestConfiguration
    static class Fixture {

        @Bean
        EndpointSource two(FeaturesFactory factory) {
            var notes = factory.create("notes", null);
            notes.tools().add(List.of(tool("read")));
            var vault = factory.create("vault", null);
            vault.tools().add(List.of(tool("open")));
            return () -> Map.of("notes", notes, "vault", vault);
        }

        private static Tool tool(String name) {
            return Tool.named(name).handler((_, _) -> ToolResult.text(name));
        }
    }

    @Nested
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            classes = SpringlineApplication.class)
    @Import(Fixture.class)
    class WithoutCredentials {

        @LocalServerPort int port;

        @ParameterizedTest
        @ValueSource(strings = {"/mcp", "/mcp/", "/mcp/notes", "/mcp/notes/"})
        void upgradesWithAndWithoutASlash(String path) throws Exception {
            try (var socket = new RawSocket(port, path)) {
                assertThat(socket.status()).isEqualTo(101);
            }
            assertThat(Http.send(port, "GET", path).statusCode()).isEqualTo(405);
        }

        @ParameterizedTest
        @ValueSource(strings = {"/mcp/nosuch", "/mcp/nosuch/", "/mcp/NOTES"})
        void namesTheEndpointsThatExist(String path) throws Exception {
            try (var socket = new RawSocket(port, path)) {
                assertThat(socket.status()).isEqualTo(404);
            }
            var get = Http.send(port, "GET", path);
            assertThat(get.statusCode()).isEqualTo(404);
            assertThat(get.body())
                    .contains(
                            "There is no endpoint %s. You may use /mcp, /mcp/notes, /mcp/vault"
                                    .formatted(path));
        }

        @Test
        void truncatesThePathOfTheClient() throws Exception {
            assertThat(Http.send(port, "GET", "/mcp/" + "x".repeat(5000)).body())
                    .hasSizeLessThan(300);
        }

        @Test
        void refusesForeignHostsAndPages() throws Exception {
            try (var host = new RawSocket(port, "/mcp/nosuch", "Host: evil.example");
                    var page = new RawSocket(port, "/mcp/nosuch", "Origin: https://evil.example")) {
                assertThat(host.status()).isEqualTo(403);
                assertThat(page.status()).isEqualTo(403);
            }
        }
    }

    @Nested
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            classes = SpringlineApplication.class,
            properties = {
                "springline.auth.tokens[0].name=ada",
                // the SHA-256 of "tok-ada-4711"
                "springline.auth.tokens[0].hash=sha256:fc64a0c195eda45d730a829931b75afc442126bcc5ceb5c61fe008d1bf2d39b4",
                "springline.auth.rules[0].tools=notes_*",
                "springline.auth.rules[0].roles=*",
                "springline.auth.rules[1].tools=*",
                "springline.auth.rules[1].roles=admin"
            })
    @Import(Fixture.class)
    class WithCredentials {

        private static final String ADA = "Authorization: Bearer tok-ada-4711";

        @LocalServerPort int port;

        @ParameterizedTest
        @CsvSource({"/mcp", "/mcp/notes", "/mcp/nosuch"})
        void namesNoEndpointToUnauthenticatedCallers(String path) throws Exception {
            for (String header : List.of("X: y", "Authorization: Bearer wrong")) {
                try (var socket = new RawSocket(port, path, header)) {
                    assertThat(socket.status()).isEqualTo(401);
                    assertThat(socket.response()).contains("WWW-Authenticate: Bearer");
                }
            }
            assertThat(Http.send(port, "GET", path).statusCode()).isEqualTo(401);
        }

        @Test
        void namesTheEndpointsThatTheCallerMayUse() throws Exception {
            try (var socket = new RawSocket(port, "/mcp/nosuch", ADA)) {
                assertThat(socket.status()).isEqualTo(404);
            }
            var get = Http.send(port, "GET", "/mcp/nosuch", "Authorization", "Bearer tok-ada-4711");
            assertThat(get.statusCode()).isEqualTo(404);
            assertThat(get.body())
                    .contains("There is no endpoint /mcp/nosuch. You may use /mcp, /mcp/notes\"");
        }
    }
}
