package io.springline.testing;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.springframework.test.context.DynamicPropertyRegistry;

/** An issuer of JWTs ({@code ES256}) that serves its keys over HTTP and can change them. */
public final class TestIssuer implements AutoCloseable {

    /** What the service under test is called in tokens. */
    public static final String AUDIENCE = "https://mcp.example.com/mcp";

    private final HttpServer server;
    private final AtomicInteger fetches = new AtomicInteger();
    private volatile ECKey key = newKey();

    public TestIssuer() {
        this(null);
    }

    /**
     * @param tls serves the keys by HTTPS with the key of this context; null for plain HTTP
     */
    public TestIssuer(@Nullable SSLContext tls) {
        try {
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            if (tls == null) {
                server = HttpServer.create(address, 0);
            } else {
                HttpsServer https = HttpsServer.create(address, 0);
                https.setHttpsConfigurator(new HttpsConfigurator(tls));
                server = https;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext(
                "/jwks",
                exchange -> {
                    fetches.incrementAndGet();
                    byte[] body =
                            new JWKSet(key.toPublicJWK())
                                    .toString()
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().set("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
    }

    /** The service under test takes this issuer's tokens. */
    public void isTrustedBy(DynamicPropertyRegistry registry) {
        String jwt = "spring.security.oauth2.resourceserver.jwt.";
        registry.add(jwt + "jwk-set-uri", this::jwksUri);
        registry.add(jwt + "jws-algorithms", () -> "ES256");
        registry.add(jwt + "audiences", () -> AUDIENCE);
    }

    public String jwksUri() {
        return "%s://127.0.0.1:%d/jwks"
                .formatted(
                        server instanceof HttpsServer ? "https" : "http",
                        server.getAddress().getPort());
    }

    /** How often the keys were fetched. */
    public int fetches() {
        return fetches.get();
    }

    /** A token that names a key which nobody has. */
    public String forged(String subject) {
        return token(newKey(), subject, AUDIENCE, Instant.now().plusSeconds(600));
    }

    /** From now on tokens are signed by another key, and only that one is served. */
    public void rotate() {
        key = newKey();
    }

    public String token(String subject, Instant expiry, String... scopes) {
        return token(subject, AUDIENCE, expiry, scopes);
    }

    public String token(String subject, String audience, Instant expiry, String... scopes) {
        return token(key, subject, audience, expiry, scopes);
    }

    private static String token(
            ECKey signing, String subject, String audience, Instant expiry, String... scopes) {
        try {
            var claims =
                    new JWTClaimsSet.Builder()
                            .subject(subject)
                            .audience(audience)
                            .claim("scope", String.join(" ", List.of(scopes)))
                            .issueTime(Date.from(Instant.now().minusSeconds(3600)))
                            .expirationTime(Date.from(expiry))
                            .build();
            var header =
                    new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(signing.getKeyID()).build();
            var jwt = new SignedJWT(header, claims);
            jwt.sign(new ECDSASigner(signing));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ECKey newKey() {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID(UUID.randomUUID().toString()).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
