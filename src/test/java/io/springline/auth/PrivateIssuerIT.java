package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.SpringlineApplication;
import io.springline.testing.RawSocket;
import io.springline.testing.TestCertificate;
import io.springline.testing.TestIssuer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** An issuer whose certificate no public authority vouches for. */
@ExtendWith(OutputCaptureExtension.class)
class PrivateIssuerIT {

    @TempDir Path folder;

    private static int status(TestIssuer issuer, String... more) throws Exception {
        String jwt = "--spring.security.oauth2.resourceserver.jwt.";
        try (var service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(
                                Stream.concat(
                                                Stream.of(
                                                        "--server.port=0",
                                                        jwt + "jwk-set-uri=" + issuer.jwksUri(),
                                                        jwt + "jws-algorithms=ES256",
                                                        jwt + "audiences=" + TestIssuer.AUDIENCE),
                                                Stream.of(more))
                                        .toArray(String[]::new))) {
            int port =
                    service.getEnvironment()
                            .getRequiredProperty("local.server.port", Integer.class);
            String token = issuer.token("ada", Instant.now().plusSeconds(600));
            try (var socket = new RawSocket(port, "/mcp", "Authorization: Bearer " + token)) {
                return socket.status();
            }
        }
    }

    @Test
    void isTrustedByItsSslBundle(CapturedOutput output) throws Exception {
        TestCertificate certificate = TestCertificate.of("issuer");
        Path authority = folder.resolve("ca.crt");
        certificate.writeCertificate(authority);
        try (var issuer = new TestIssuer(certificate.client())) {
            assertThat(status(issuer)).isEqualTo(401);
            assertThat(output.getOut()).contains("JWT could not be checked");
            assertThat(
                            status(
                                    issuer,
                                    "--springline.auth.issuer-ssl-bundle=issuer",
                                    "--spring.ssl.bundle.pem.issuer.truststore.certificate=file:"
                                            + authority))
                    .isEqualTo(101);
        }
    }
}
