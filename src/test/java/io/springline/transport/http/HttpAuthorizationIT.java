package io.springline.transport.http;

import static io.springline.testing.HttpPeer.call;
import static io.springline.testing.HttpPeer.json;
import static io.springline.testing.HttpPeer.modernCall;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.SpringlineApplication;
import io.springline.testing.Http;
import io.springline.testing.HttpPeer;
import io.springline.testing.TestIssuer;
import java.net.http.HttpResponse;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Credentials, scopes and origins by HTTP: statuses, challenges, and what pages can read. */
class HttpAuthorizationIT {

    private static final String PAGE = "https://app.example.com";
    private static final String CHALLENGE = "WWW-Authenticate";
    private static final String METADATA =
            "resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\"";

    private static void assertReadable(HttpResponse<?> response) {
        assertThat(response.headers().firstValue("Access-Control-Allow-Origin"))
                .as(response.toString())
                .hasValue(PAGE);
        assertThat(response.headers().firstValue("Access-Control-Expose-Headers").orElse(""))
                .contains("Mcp-Session-Id", "WWW-Authenticate", "Retry-After");
        assertThat(response.headers().allValues("Vary").toString()).contains("Origin");
        assertThat(response.headers().firstValue("Access-Control-Allow-Credentials")).isEmpty();
    }

    /** A JSON-RPC error that names no request, and nothing of the inside. */
    private static void assertError(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
        var body = json(response.body());
        assertThat(body.path("error").path("message").isString()).isTrue();
        assertThat(body.has("id")).isFalse();
        assertThat(response.body()).doesNotContain("Exception", "io.springline");
    }

    @Nested
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            classes = SpringlineApplication.class,
            properties = {
                "springline.auth.public-url=https://mcp.example.com",
                "springline.auth.initial-scopes=mcp:use",
                "springline.auth.rules[0].tools=say",
                "springline.auth.rules[0].scopes=mcp:use",
                "springline.auth.rules[1].tools=steps",
                "springline.auth.rules[1].scopes=files:write,files:admin",
                "springline.auth.rules[2].tools=wait",
                "springline.auth.rules[2].roles=keeper",
                "springline.websocket.allowed-origins=" + PAGE,
                "springline.websocket.max-message-size=10KB",
                "springline.websocket.connection-rate-per-address=100000/s"
            })
    @Import(HttpTools.class)
    class WithScopes {

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

        private static String token(String... scopes) {
            return ISSUER.token("ada", Instant.now().plusSeconds(600), scopes);
        }

        private HttpPeer peer(String authorization) {
            return new HttpPeer(port, "/mcp")
                    .with("Origin", PAGE)
                    .with("Authorization", authorization);
        }

        private HttpPeer session(String... scopes) throws Exception {
            return peer("Bearer " + token(scopes)).initialize("2025-11-25", "{}");
        }

        @Test
        void challengesRequestsWithoutAToken() throws Exception {
            for (String method : new String[] {"POST", "GET", "DELETE", "PUT"}) {
                var response = peer(null).send(method);
                assertError(response, 401);
                assertReadable(response);
                assertThat(response.headers().allValues(CHALLENGE))
                        .containsExactly(
                                "Bearer realm=\"springline\", " + METADATA + ", scope=\"mcp:use\"");
            }
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                textBlock =
                        """
                        Bearer wrong                 | 401 | invalid_token
                        bearer wrong                 | 401 | invalid_token
                        Basic YWRhOmFkYQ==           | 401 | invalid_token
                        Bearer                       | 400 | invalid_request
                        Bearer a b                   | 400 | invalid_request
                        wrong                        | 400 | invalid_request
                        """)
        void tellsAnInvalidTokenFromAMalformedHeader(String authorization, int status, String error)
                throws Exception {
            var response = peer(authorization).post("{}");
            assertError(response, status);
            assertReadable(response);
            assertThat(response.headers().firstValue(CHALLENGE).orElse(""))
                    .contains("error=\"" + error + "\"", METADATA, "scope=\"mcp:use\"");
        }

        @Test
        void refusesTokensThatAreExpiredOrForAnotherService() throws Exception {
            String expired = ISSUER.token("ada", Instant.now().minusSeconds(90), "mcp:use");
            String foreign =
                    ISSUER.token("ada", "https://other.example.com", Instant.now().plusSeconds(60));
            for (String token : new String[] {expired, foreign, ISSUER.forged("ada")}) {
                var response = peer("Bearer " + token).post("{}");
                assertError(response, 401);
                assertThat(response.headers().firstValue(CHALLENGE).orElse(""))
                        .contains("error=\"invalid_token\"");
            }
        }

        @Test
        void refusesAForeignOriginWithoutAChallenge() throws Exception {
            var response =
                    peer("Bearer " + token("mcp:use"))
                            .with("Origin", "https://evil.example")
                            .post("{}");
            assertError(response, 403);
            assertThat(response.headers().firstValue(CHALLENGE)).isEmpty();
            assertThat(response.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
        }

        @Test
        void namesAllScopesThatACallNeedsAndThoseThatTheTokenHas() throws Exception {
            String challenge =
                    "Bearer realm=\"springline\", error=\"insufficient_scope\","
                            + " error_description=\"More scopes are needed\", "
                            + METADATA
                            + ", scope=\"files:admin files:write mcp:use\"";
            try (var legacy = session("mcp:use", "offline_access", "other")) {
                var response = legacy.post(call(4, "steps", "{}"));
                assertThat(response.statusCode()).isEqualTo(403);
                assertThat(response.headers().allValues(CHALLENGE)).containsExactly(challenge);
                assertReadable(response);
                var body = json(response.body());
                assertThat(body.path("id").asInt()).isEqualTo(4);
                assertThat(body.at("/error/data/requiredScopes").toString())
                        .isEqualTo("[\"files:admin\",\"files:write\"]");

                var modern =
                        peer("Bearer " + token("mcp:use"))
                                .modern("tools/call", "steps")
                                .post(modernCall(5, "steps", "{}"));
                assertThat(modern.statusCode()).isEqualTo(403);
                assertThat(modern.headers().allValues(CHALLENGE)).containsExactly(challenge);

                // the same session continues with the token that has more scopes
                legacy.with("Authorization", "Bearer " + token("mcp:use", "files:write"));
                assertThat(legacy.post(call(6, "steps", "{}")).statusCode()).isEqualTo(200);
            }
        }

        /** A challenge would send the client around in circles. */
        @ParameterizedTest
        @CsvSource({"wait", "ask", "nothing"})
        void doesNotChallengeWhereNoScopeHelps(String tool) throws Exception {
            try (var peer = session("mcp:use", "files:write")) {
                var response = peer.post(call(4, tool, "{}"));
                assertThat(response.statusCode()).isEqualTo(200);
                assertThat(response.headers().firstValue(CHALLENGE)).isEmpty();
                assertThat(json(response.body()).at("/error/code").asInt()).isEqualTo(403);
            }
        }

        @Test
        void letsPagesReadEveryResponse() throws Exception {
            try (var peer = session("mcp:use")) {
                assertReadable(peer.post(call(1, "say", "{}")));
                assertReadable(peer.copy().with("Content-Type", "text/plain").post("{}")); // 415
                assertReadable(peer.copy().with("Accept", "text/html").post("{}")); // 406
                assertReadable(
                        peer.copy().with("Mcp-Session-Id", "none").post(call(1, "say", "{}")));
                assertReadable(peer.copy().with("Mcp-Session-Id", null).send("GET")); // 405
                assertReadable(peer.send("PUT")); // 405
                assertReadable(peer.post("{")); // 400
                assertReadable(peer.post("\"" + "x".repeat(20_000) + "\"")); // 413
                try (var stream = peer.copy().with("Accept", "text/event-stream").get()) {
                    assertThat(stream.status()).isEqualTo(200);
                    assertThat(stream.header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
                }
                assertReadable(peer.send("DELETE"));
            }
            assertReadable(Http.send(port, "POST", "/mcp/nowhere", "Origin", PAGE));
        }

        /** Acceptance test 18. */
        @Test
        void answersProbesOfOpenIdClientsBelowTheEndpointInJson() throws Exception {
            var response =
                    Http.send(port, "GET", "/mcp/.well-known/openid-configuration", "Origin", PAGE);
            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(json(response.body()).path("error").asString()).isEqualTo("not_found");
            assertReadable(response);
        }
    }

    /** Whoever is anonymous can get scopes by logging in, so it is a 401 that says so. */
    @Nested
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            classes = SpringlineApplication.class,
            properties = {
                "springline.auth.public-url=https://mcp.example.com",
                "springline.auth.allow-anonymous=true",
                "springline.auth.rules[0].tools=say",
                "springline.auth.rules[0].roles=*",
                "springline.auth.rules[1].tools=steps",
                "springline.auth.rules[1].scopes=files:write",
            })
    @Import(HttpTools.class)
    class WithAnonymousCallers {

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

        @Test
        void asksAnonymousCallersToAuthenticateForACallThatNeedsScopes() throws Exception {
            try (var peer = new HttpPeer(port, "/mcp").initialize("2025-11-25", "{}")) {
                assertThat(peer.post(call(1, "say", "{}")).statusCode()).isEqualTo(200);
                var response = peer.post(call(2, "steps", "{}"));
                assertThat(response.statusCode()).isEqualTo(401);
                assertThat(response.headers().allValues(CHALLENGE))
                        .containsExactly(
                                "Bearer realm=\"springline\", "
                                        + METADATA
                                        + ", scope=\"files:write\"");
            }
        }
    }
}
