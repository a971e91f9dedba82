package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.springline.session.Caller;
import io.springline.testing.SocketPeer;
import io.springline.testing.TestCertificate;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** TLS by an SSL bundle: a new certificate without a restart, and clients with certificates. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "server.ssl.bundle=web",
            "server.ssl.client-auth=want",
            "spring.ssl.bundle.pem.web.reload-on-update=true",
            "spring.ssl.bundle.watch.file.quiet-period=100ms",
            // the two files are not written at the same moment
            "spring.ssl.bundle.pem.web.keystore.verify-keys=true",
            "springline.auth.client-certificates.enabled=true",
            "springline.auth.client-certificates.roles=service",
            "springline.auth.tokens[0].name=ada",
            // the SHA-256 of "secret"
            "springline.auth.tokens[0].hash=sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
        })
class TlsIT {

    private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
    private static final Map<String, String> TOKEN = Map.of("Authorization", "Bearer secret");

    @TempDir static Path directory;
    private static TestCertificate before;
    private static TestCertificate after;
    private static TestCertificate machine;

    @LocalServerPort int port;
    @Autowired Connections connections;

    @DynamicPropertySource
    static void bundle(DynamicPropertyRegistry registry) throws Exception {
        before = TestCertificate.of("before");
        after = TestCertificate.of("after");
        machine = TestCertificate.of("machine-7");
        before.write(directory.resolve("tls.crt"), directory.resolve("tls.key"));
        machine.writeCertificate(directory.resolve("clients.crt"));
        String bundle = "spring.ssl.bundle.pem.web.";
        registry.add(bundle + "keystore.certificate", () -> "file:" + directory + "/tls.crt");
        registry.add(bundle + "keystore.private-key", () -> "file:" + directory + "/tls.key");
        registry.add(bundle + "truststore.certificate", () -> "file:" + directory + "/clients.crt");
    }

    @AfterEach
    void allAreGone() {
        await().until(() -> connections.count() == 0);
    }

    private SocketPeer connect(SSLContext tls, Map<String, String> headers) {
        return SocketPeer.connect(tls, "wss://localhost:" + port + "/mcp", headers);
    }

    private Certificate shown(SSLContext tls) throws Exception {
        try (var socket = (SSLSocket) tls.getSocketFactory().createSocket("localhost", port)) {
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    private Caller caller() {
        return connections.all().iterator().next().caller();
    }

    @Test
    void reloadsTheCertificateForNewConnections() throws Exception {
        // A context remembers sessions, which would resume with the certificate of then.
        assertThat(shown(TestCertificate.trusting(before, after))).isEqualTo(before.certificate());
        try (var old = connect(TestCertificate.trusting(before), TOKEN)) {
            after.write(directory.resolve("tls.crt"), directory.resolve("tls.key"));
            await().until(() ->
                    shown(TestCertificate.trusting(before, after)).equals(after.certificate()));
            assertThat(old.ask(PING).path("result").isObject()).isTrue();
            try (var fresh = connect(TestCertificate.trusting(after), TOKEN)) {
                assertThat(fresh.ask(PING).path("result").isObject()).isTrue();
            }
        }
    }

    @Test
    void takesThePrincipalFromTheCertificate() throws Exception {
        try (var peer = connect(machine.client(before, after), Map.of())) {
            assertThat(peer.ask(PING).path("result").isObject()).isTrue();
            assertThat(caller().name()).isEqualTo("certificate:machine-7");
            assertThat(caller().roles()).containsExactly("service");
            assertThat(caller().expiresAt())
                    .isEqualTo(machine.certificate().getNotAfter().toInstant());
        }
    }

    @Test
    void prefersATokenToACertificate() throws Exception {
        try (var peer = connect(machine.client(before, after), TOKEN)) {
            assertThat(peer.ask(PING).path("result").isObject()).isTrue();
            assertThat(caller().name()).isEqualTo("token:ada");
        }
    }

    @Test
    void answers401WithoutTokenAndCertificate() throws Exception {
        SSLContext tls = TestCertificate.trusting(before, after);
        assertThatThrownBy(() -> connect(tls, Map.of()).close())
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refusal -> assertThat(refusal.getResponse().statusCode()).isEqualTo(401));
    }
}
