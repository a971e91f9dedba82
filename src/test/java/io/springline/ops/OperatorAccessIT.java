package io.springline.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.Http;
import io.springline.testing.McpPeer;
import io.springline.testing.RawSocket;
import jakarta.servlet.Filter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.micrometer.metrics.test.autoconfigure.AutoConfigureMetrics;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.context.WebApplicationContext;

/** Who may read what at the operators' endpoints, by which Host, and how often. */
class OperatorAccessIT {

    /** With a Host that the JDK's client does not let anybody set; null for none, in HTTP/1.0. */
    private static String send(int port, String path, String host, String... headers)
            throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            var lines = new ArrayList<String>();
            lines.add("GET %s HTTP/1.%d".formatted(path, host == null ? 0 : 1));
            lines.add("Connection: close");
            if (host != null) {
                lines.add("Host: " + host);
            }
            lines.addAll(List.of(headers));
            socket.getOutputStream()
                    .write(
                            (String.join("\r\n", lines) + "\r\n\r\n")
                                    .getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static int status(String response) {
        return Integer.parseInt(response.split(" ", 3)[1]);
    }

    @Nested
    @AutoConfigureMetrics
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = {
                "management.server.port=0",
                "springline.relay.upstreams.secret-name.command=no-such-command",
                "springline.auth.tokens[0].name=ada",
                // the SHA-256 of "tok-ada-4711"
                "springline.auth.tokens[0].hash=sha256:fc64a0c195eda45d730a829931b75afc442126bcc5ceb5c61fe008d1bf2d39b4",
                "springline.auth.tokens[1].name=olga",
                // the SHA-256 of "tok-olga-4713"
                "springline.auth.tokens[1].hash=sha256:14efac55a06ac23386dcd2ad69ed7c98cfba6db8573d8ed8f931662fae7c9e58",
                "springline.auth.tokens[1].roles=operator",
                "springline.auth.tokens[2].name=prometheus",
                // the SHA-256 of "tok-bob-4712"
                "springline.auth.tokens[2].hash=sha256:0c230dfc845bc5c86fb135ac97e8548dfc07bef87ff16e2ad7bd1798a563ab28",
                "springline.auth.tokens[2].roles=metrics"
            })
    class WithCredentials {

        @Value("${local.management.port}")
        int port;

        private HttpResponse<String> get(String path, String token) throws Exception {
            return token == null
                    ? Http.send(port, "GET", path)
                    : Http.send(port, "GET", path, "Authorization", "Bearer " + token);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/actuator/health",
                    "/actuator/health/liveness",
                    "/actuator/health/readiness",
                    "/actuator/health/startup"
                })
        void showsStrangersTheStatusAndNothingElse(String path) throws Exception {
            for (String token : new String[] {null, "tok-ada-4711"}) {
                HttpResponse<String> response = get(path, token);
                assertThat(response.statusCode()).isIn(200, 503);
                assertThat(McpPeer.JSON.readTree(response.body()).propertyNames())
                        .isSubsetOf("status", "groups");
            }
        }

        @ParameterizedTest
        @CsvSource({
            "/actuator/health/upstreams, 404, 404, '200,503', '200,503'",
            "/actuator/metrics,          401, 403, 200, 200",
            "/actuator/prometheus,       401, 403, 200, 200",
            "/actuator/info,             401, 403, 403, 200",
            "/actuator,                  401, 403, 403, 200",
            "/actuator/connections,      401, 403, 403, 200",
            "/actuator/upstreams,        401, 403, 403, 200"
        })
        void isForOperatorsAndScrapers(
                String path, int stranger, int ada, String scraper, String operator)
                throws Exception {
            assertThat(get(path, null).statusCode()).isEqualTo(stranger);
            assertThat(get(path, "wrong").statusCode()).isEqualTo(401);
            assertThat(get(path, "tok-ada-4711").statusCode()).isEqualTo(ada);
            assertThat(scraper.split(",")).contains(get(path, "tok-bob-4712").statusCode() + "");
            assertThat(operator.split(",")).contains(get(path, "tok-olga-4713").statusCode() + "");
        }

        @Test
        void showsDetailsToAnOperator() throws Exception {
            assertThat(get("/actuator/health", "tok-olga-4713").body()).contains("secret-name");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/actuator/health",
                    "/actuator/health/liveness",
                    "/actuator/metrics",
                    "/actuator/prometheus",
                    "/actuator/connections",
                    "/actuator"
                })
        void refusesForeignHosts(String path) throws Exception {
            for (String host : List.of("evil.example", "evil.example:" + port, "10.0.0.1.nip.io")) {
                assertThat(status(send(port, path, host, "Authorization: Bearer tok-olga-4713")))
                        .isEqualTo(403);
            }
        }

        /** The kubelet and Prometheus address a pod by its IP, HAProxy's checks by nothing. */
        @Test
        void admitsProbesAndScrapersByIpAddress() throws Exception {
            for (String host : new String[] {"10.1.2.3:9090", "[fd00::1]:9090", "[::1]", null}) {
                assertThat(status(send(port, "/actuator/health/readiness", host))).isEqualTo(200);
                assertThat(
                                status(
                                        send(
                                                port,
                                                "/actuator/prometheus",
                                                host,
                                                "Authorization: Bearer tok-bob-4712")))
                        .isEqualTo(200);
            }
        }
    }

    @Nested
    @AutoConfigureMetrics
    @SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
    class WithoutCredentials {

        @LocalServerPort int port;

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/actuator/health",
                    "/actuator/metrics",
                    "/actuator/prometheus",
                    "/actuator/info",
                    "/console/",
                    "/console/api/overview"
                })
        void refusesForeignHosts(String path) throws Exception {
            assertThat(status(send(port, path, "evil.example:" + port))).isEqualTo(403);
            assertThat(status(send(port, path, "localhost:" + port))).isEqualTo(200);
        }

        @Autowired WebApplicationContext context;

        /** Such as on a management port, which listens on all addresses. */
        @ParameterizedTest
        @CsvSource({
            "GET,    /actuator/health,              200",
            "GET,    /actuator/health/readiness,    200",
            "GET,    /actuator/metrics,             200",
            "GET,    /actuator/prometheus,          200",
            "GET,    /console/,                     200",
            "GET,    /actuator,                     403",
            "GET,    /actuator/connections,         403",
            "POST,   /actuator/drain,               403",
            "POST,   /actuator/reload,              403",
            "GET,    /console/api/connections,      403",
            "DELETE, /console/api/connections/x,    403",
            "GET,    /path/of/a/plug-in,            403"
        })
        void showsOtherMachinesStatusAndMetersOnly(String method, String path, int status)
                throws Exception {
            assertThat(statusElsewhere(context, method, path)).isEqualTo(status);
            assertThat(statusElsewhere(context, method, path, "Authorization", "Bearer guess"))
                    .isEqualTo(status);
        }

        @Test
        void showsDetailsAndMetersToWhoeverIsThere() throws Exception {
            assertThat(send(port, "/actuator/health", "10.1.2.3")).contains("activeConnections");
            assertThat(send(port, "/actuator/prometheus", "10.1.2.3")).contains("springline_");
        }
    }

    @Nested
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = "springline.auth.allow-anonymous=true")
    class OpenToAll {

        @Autowired WebApplicationContext context;

        @ParameterizedTest
        @CsvSource({
            "GET,    /actuator/health",
            "GET,    /actuator/connections",
            "POST,   /actuator/drain",
            "GET,    /console/api/connections",
            "GET,    /path/of/a/plug-in"
        })
        void isForOtherMachinesToo(String method, String path) throws Exception {
            assertThat(statusElsewhere(context, method, path)).isEqualTo(200);
            assertThat(statusElsewhere(context, method, path, "Origin", "https://evil.example"))
                    .isEqualTo(path.endsWith("health") ? 200 : 403);
        }
    }

    /** Returns the status for a request of another machine, 200 if the security admits it. */
    private static int statusElsewhere(
            WebApplicationContext context, String method, String path, String... header)
            throws Exception {
        var request = new MockHttpServletRequest(context.getServletContext(), method, path);
        request.setRemoteAddr("10.1.2.3");
        request.addHeader("Host", "localhost");
        if (header.length > 0) {
            request.addHeader(header[0], header[1]);
        }
        var response = new MockHttpServletResponse();
        context.getBean("springSecurityFilterChain", Filter.class)
                .doFilter(request, response, new MockFilterChain());
        return response.getStatus();
    }

    @Nested
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = {
                "springline.websocket.connection-rate-per-address=1/s",
                "springline.auth.tokens[0].name=olga",
                // the SHA-256 of "tok-olga-4713"
                "springline.auth.tokens[0].hash=sha256:14efac55a06ac23386dcd2ad69ed7c98cfba6db8573d8ed8f931662fae7c9e58",
                "springline.auth.tokens[0].roles=operator",
                "springline.auth.ticket.enabled=true"
            })
    class WithARate {

        @LocalServerPort int port;

        private int tooMany(String method, String path, String... headers) throws Exception {
            int status = 0;
            for (int i = 0; i < 200 && status != 429; i++) {
                status = Http.send(port, method, path, headers).statusCode();
            }
            return status;
        }

        @ParameterizedTest
        @CsvSource({
            "GET, /actuator/health",
            "GET, /actuator/connections",
            "GET, /console/api/overview",
            "POST, /mcp/ticket",
            "GET, /.well-known/oauth-protected-resource/mcp"
        })
        void boundsGuessesOfOneAddress(String method, String path) throws Exception {
            assertThat(tooMany(method, path, "Authorization", "Bearer guess")).isEqualTo(429);
        }

        @Test
        void countsGuessesAtTheActuatorAgainstHandshakes() throws Exception {
            assertThat(tooMany("GET", "/actuator/health", "Authorization", "Bearer guess"))
                    .isEqualTo(429);
            int status = 0;
            for (int i = 0; i < 50 && status != 429; i++) {
                try (var socket = new RawSocket(port, "/mcp", "Authorization: Bearer guess")) {
                    status = socket.status();
                }
            }
            assertThat(status).isEqualTo(429);
        }

        /** Nobody may make a pod's own probes fail. */
        @Test
        void doesNotCountProbes() throws Exception {
            tooMany("GET", "/actuator/health", "Authorization", "Bearer guess");
            for (int i = 0; i < 20; i++) {
                assertThat(Http.send(port, "GET", "/actuator/health/liveness").statusCode())
                        .isEqualTo(200);
            }
        }
    }
}
