package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.Http;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import io.springline.testing.TestIssuer;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/** What OAuth clients and browsers find before they have a token. */
class OAuthMetadataIT {

    private static final String PAGE = "https://page.example.com";

    @Nested
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = {
                "springline.auth.public-url=https://mcp.example.com",
                "springline.auth.initial-scopes=mcp:use",
                "springline.auth.rules[0].tools=write_*",
                "springline.auth.rules[0].scopes=files:write,*,offline_access",
                "spring.security.oauth2.resourceserver.jwt.issuer-uri=https://login.example.com",
                "springline.websocket.allowed-origins=https://app.example.com",
                "springline.websocket.connection-rate-per-address=100000/s"
            })
    class WithAnIssuer {

        private static final TestIssuer ISSUER = new TestIssuer();

        @LocalServerPort int port;

        @DynamicPropertySource
        static void issuer(DynamicPropertyRegistry registry) {
            ISSUER.isTrustedBy(registry);
        }

        @AfterAll
        static void close() {
            ISSUER.close();
        }

        @ParameterizedTest
        @CsvSource({
            "'', /mcp",
            "/, /mcp",
            "/mcp, /mcp",
            "/mcp/, /mcp",
            "/mcp/files, /mcp/files",
            "/mcp/files/, /mcp/files",
        })
        void describesEachEndpoint(String suffix, String path) throws Exception {
            var response =
                    Http.send(
                            port,
                            "GET",
                            "/.well-known/oauth-protected-resource" + suffix,
                            "Origin",
                            PAGE,
                            "MCP-Protocol-Version",
                            "2025-11-25");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Access-Control-Allow-Origin")).hasValue("*");
            var head = Http.send(port, "HEAD", "/.well-known/oauth-protected-resource" + suffix);
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(McpPeer.JSON.readTree(response.body()))
                    .isEqualTo(
                            McpPeer.JSON.readTree(
                                    """
                                    {"resource":"https://mcp.example.com%s",
                                     "authorization_servers":["https://login.example.com"],
                                     "scopes_supported":["files:write","mcp:use"],
                                     "bearer_methods_supported":["header"]}
                                    """
                                            .formatted(path)));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/.well-known/oauth-authorization-server",
                    "/.well-known/oauth-authorization-server/mcp",
                    "/.well-known/openid-configuration",
                    "/.well-known/openid-configuration/mcp",
                    "/.well-known/oauth-protected-resource/other",
                    "/.well-known/oauth-protected-resource/mcp/a/b",
                    "/.well-known/oauth-protected-resource/mcp/%22",
                    "/mcp/.well-known/openid-configuration",
                    "/mcp/files/.well-known/openid-configuration",
                    "/.well-known/unknown",
                    "/register",
                    "/authorize",
                    "/token",
                })
        void answersForeignDocumentsWith404InJson(String path) throws Exception {
            for (String method : new String[] {"GET", "POST"}) {
                HttpResponse<String> response =
                        Http.send(port, method, path, "Accept", "application/json");
                assertThat(response.statusCode()).isEqualTo(404);
                assertThat(response.headers().firstValue("Content-Type").orElse(""))
                        .startsWith("application/json");
                JsonNode body = McpPeer.JSON.readTree(response.body());
                assertThat(body.path("error").isString()).isTrue();
            }
        }

        @Test
        void letsEveryPageAskForMetadata() throws Exception {
            var preflight =
                    preflight(
                            "/.well-known/oauth-protected-resource/mcp",
                            PAGE,
                            "mcp-protocol-version, x-other");
            assertThat(preflight.statusCode()).isEqualTo(204);
            assertThat(cors(preflight))
                    .containsEntry("access-control-allow-origin", "*")
                    .containsEntry("access-control-allow-methods", "GET, HEAD, OPTIONS")
                    .containsEntry("access-control-allow-headers", "mcp-protocol-version")
                    .doesNotContainKey("access-control-allow-credentials");
        }

        @Test
        void answersPreflightsAtTheEndpointWithoutACredential() throws Exception {
            for (String path : new String[] {"/mcp", "/mcp/files", "/mcp/ticket"}) {
                var preflight =
                        preflight(
                                path,
                                "https://app.example.com",
                                "Authorization, content-type,mcp-session-id , MCP-Protocol-Version,"
                                        + "last-event-id,mcp-method,mcp-name,mcp-param-city,accept,x-other");
                assertThat(preflight.statusCode()).isEqualTo(204);
                assertThat(preflight.body()).isEmpty();
                assertThat(cors(preflight))
                        .containsEntry("access-control-allow-origin", "https://app.example.com")
                        .containsEntry("access-control-allow-methods", "GET, POST, DELETE, OPTIONS")
                        .containsEntry(
                                "access-control-allow-headers",
                                "authorization, content-type, mcp-session-id, mcp-protocol-version,"
                                        + " last-event-id, mcp-method, mcp-name, mcp-param-city, accept")
                        .containsEntry("access-control-max-age", "7200")
                        .doesNotContainKey("access-control-allow-credentials");
                assertThat(preflight.headers().allValues("Vary").toString()).contains("Origin");
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {PAGE, "null", "https://app.example.com.evil.example"})
        void refusesPreflightsOfOtherOrigins(String origin) throws Exception {
            var preflight = preflight("/mcp", origin, "authorization");
            assertThat(preflight.statusCode()).isEqualTo(403);
            assertThat(cors(preflight)).isEmpty();
            assertThat(preflight.headers().firstValue("WWW-Authenticate")).isEmpty();
        }

        @Test
        void challengesAnUpgradeForItsOwnEndpointWithScopes() throws Exception {
            assertThat(challenge("/mcp"))
                    .isEqualTo(
                            "Bearer realm=\"springline\", resource_metadata=\"https://mcp.example.com"
                                    + "/.well-known/oauth-protected-resource/mcp\", scope=\"mcp:use\"");
            assertThat(challenge("/mcp", "Authorization: Bearer x.y.z"))
                    .contains("error=\"invalid_token\"", "scope=\"mcp:use\"");
            assertThat(challenge("/mcp/nowhere"))
                    .contains("/.well-known/oauth-protected-resource/mcp/nowhere\"");
            assertThat(challenge("/mcp/a%22b"))
                    .contains("/.well-known/oauth-protected-resource/mcp\"");
        }

        private String challenge(String path, String... headers) throws Exception {
            try (var socket = new RawSocket(port, path, headers)) {
                assertThat(socket.status()).isEqualTo(401);
                return socket.response()
                        .lines()
                        .filter(line -> line.startsWith("WWW-Authenticate: "))
                        .map(line -> line.substring("WWW-Authenticate: ".length()))
                        .findFirst()
                        .orElseThrow();
            }
        }

        private HttpResponse<String> preflight(String path, String origin, String headers)
                throws Exception {
            return Http.send(
                    port,
                    "OPTIONS",
                    path,
                    "Origin",
                    origin,
                    "Access-Control-Request-Method",
                    "POST",
                    "Access-Control-Request-Headers",
                    headers);
        }
    }

    private static Map<String, String> cors(HttpResponse<?> response) {
        var found = new TreeMap<String, String>();
        response.headers()
                .map()
                .forEach((name, values) -> {
                    if (name.toLowerCase(Locale.ROOT).startsWith("access-control-")) {
                        found.put(name.toLowerCase(Locale.ROOT), String.join("|", values));
                    }
                });
        return found;
    }

    /** Clients look for metadata before they connect, also where no credential is asked for. */
    @Nested
    @SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
    class WithoutCredentials {

        @LocalServerPort int port;

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/.well-known/oauth-protected-resource",
                    "/.well-known/oauth-protected-resource/mcp",
                    "/.well-known/oauth-authorization-server",
                    "/register",
                })
        void hasNoMetadataAndSaysSoInJson(String path) throws Exception {
            HttpResponse<String> response = Http.send(port, "GET", path);
            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(McpPeer.JSON.readTree(response.body()).path("error").isString()).isTrue();
        }
    }
}
