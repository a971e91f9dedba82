package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.springline.testing.RawSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/** JWTs through Spring Security's resource server, signed by a key of this test. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class JwtIT {

    private static final KeyPair OURS = keyPair();
    private static final KeyPair THEIRS = keyPair();

    @LocalServerPort int port;

    @TestConfiguration
    static class Keys {
        @Bean
        JwtDecoder jwtDecoder() {
            return NimbusJwtDecoder.withPublicKey((RSAPublicKey) OURS.getPublic()).build();
        }
    }

    private static KeyPair keyPair() {
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048); // more takes seconds
            return generator.generateKeyPair();
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String token(KeyPair key, Instant expiry, String scope) throws JOSEException {
        return token(key, expiry, "scope", scope);
    }

    private static String token(KeyPair key, Instant expiry, String claim, Object value)
            throws JOSEException {
        var claims =
                new JWTClaimsSet.Builder()
                        .subject("ada")
                        .claim(claim, value)
                        .expirationTime(Date.from(expiry))
                        .build();
        var jwt = new SignedJWT(new JWSHeader(JWSAlgorithm.RS256), claims);
        jwt.sign(new RSASSASigner(key.getPrivate()));
        return jwt.serialize();
    }

    private int upgrade(String token) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", "Authorization: Bearer " + token)) {
            return socket.status();
        }
    }

    private int connections(String token) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                "http://127.0.0.1:"
                                                        + port
                                                        + "/actuator/connections"))
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void aValidTokenGetsInAndOthersDoNot() throws Exception {
        Instant later = Instant.now().plusSeconds(600);
        assertThat(upgrade(token(OURS, later, "mcp"))).isEqualTo(101);
        assertThat(upgrade(token(THEIRS, later, "mcp"))).isEqualTo(401);
        assertThat(upgrade(token(OURS, Instant.now().minusSeconds(600), "mcp"))).isEqualTo(401);
        assertThat(upgrade("no.jwt.atall")).isEqualTo(401);
        try (var socket = new RawSocket(port, "/mcp")) {
            assertThat(socket.status()).isEqualTo(401);
        }
    }

    @Test
    void connectionsAreForOperatorsOnly() throws Exception {
        Instant later = Instant.now().plusSeconds(600);
        assertThat(connections(token(OURS, later, "mcp"))).isEqualTo(403);
        assertThat(connections(token(OURS, later, "mcp operator"))).isEqualTo(200);
        assertThat(connections(token(THEIRS, later, "operator"))).isEqualTo(401);
    }

    /** As docs/security.md lists them. */
    @Test
    void anOperatorIsMadeByScopesOrRoles() throws Exception {
        Instant later = Instant.now().plusSeconds(600);
        assertThat(connections(token(OURS, later, "scp", "mcp operator"))).isEqualTo(200);
        assertThat(connections(token(OURS, later, "scp", List.of("operator")))).isEqualTo(200);
        assertThat(connections(token(OURS, later, "roles", List.of("operator")))).isEqualTo(200);
        assertThat(connections(token(OURS, later, "roles", "Operator"))).isEqualTo(200);
        assertThat(connections(token(OURS, later, "groups", List.of("operator")))).isEqualTo(403);
        assertThat(
                        connections(
                                token(
                                        OURS,
                                        later,
                                        "realm_access",
                                        Map.of("roles", List.of("operator")))))
                .isEqualTo(403);
    }
}
