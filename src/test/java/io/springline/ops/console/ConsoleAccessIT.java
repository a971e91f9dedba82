package io.springline.ops.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.Http;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Who may see the console, and who may do what there: the same as at the actuator. */
class ConsoleAccessIT {

    private static final String OVERVIEW = "/console/api/overview";

    private static int status(HttpResponse<String> response) {
        return response.statusCode();
    }

    @Nested
    @SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
    class WithoutCredentials {

        @LocalServerPort int port;

        /** With headers that the JDK's client does not let anybody set. */
        private int ask(String method, String path, String... headers) throws IOException {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                String request =
                        "%s %s HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n%s\r\n\r\n"
                                .formatted(method, path, String.join("\r\n", headers));
                socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
                byte[] answer = socket.getInputStream().readAllBytes();
                String line = new String(answer, StandardCharsets.ISO_8859_1).split("\r\n")[0];
                return Integer.parseInt(line.split(" ")[1]);
            }
        }

        @ParameterizedTest
        @CsvSource({
            "GET,    /console/api/overview,              200",
            "GET,    /console/api/connections,           200",
            "DELETE, /console/api/connections/x,         404",
            "PUT,    /console/api/connections/x/traffic, 404",
            "GET,    /actuator/connections,              200",
            "POST,   /actuator/connections,              400",
            "DELETE, /actuator/connections/x,            404",
            "PUT,    /actuator/connections/x/traffic,    404"
        })
        void isForWhoeverIsOnThisMachineButForNoForeignPage(String method, String path, int own)
                throws Exception {
            String here = "127.0.0.1:" + port;
            assertThat(ask(method, path, "Host: " + here)).isEqualTo(own);
            assertThat(ask(method, path, "Host: " + here, "Origin: http://" + here)).isEqualTo(own);
            assertThat(ask(method, path, "Host: localhost:" + port)).isEqualTo(own);
            assertThat(ask(method, path, "Host: " + here, "Origin: https://evil.example.com"))
                    .isEqualTo(403);
            assertThat(ask(method, path, "Host: " + here, "Origin: http://127.0.0.1:1"))
                    .as("a page of another service on this machine")
                    .isEqualTo(403);
            assertThat(ask(method, path, "Host: " + here, "Origin: null")).isEqualTo(403);
            assertThat(
                            ask(
                                    method,
                                    path,
                                    "Host: evil.example.com:" + port,
                                    "Origin: http://evil.example.com:" + port))
                    .as("a name that was rebound to this machine")
                    .isEqualTo(403);
        }

        @Test
        void probesComeByAnyName() throws Exception {
            assertThat(ask("GET", "/actuator/health/readiness", "Host: 10.1.2.3:" + port))
                    .isEqualTo(200);
            assertThat(ask("GET", "/actuator/health/liveness", "Host: 10.1.2.3:" + port))
                    .isEqualTo(200);
        }

        @ParameterizedTest
        @ValueSource(strings = {"/console/", "/console/console.js", "/console/console.css"})
        void thePageIsConfinedToItself(String path) throws Exception {
            HttpResponse<String> page = Http.send(port, "GET", path);
            assertThat(status(page)).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Security-Policy"))
                    .hasValueSatisfying(policy ->
                            assertThat(policy)
                                    .contains(
                                            "default-src 'none'",
                                            "script-src 'self'",
                                            "frame-ancestors 'none'")
                                    .doesNotContain("unsafe", "*", "http"));
            assertThat(page.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
            assertThat(page.headers().firstValue("X-Frame-Options")).hasValue("DENY");
            assertThat(page.body()).doesNotContain("<style", "style=\"", "onclick=", "//cdn");
        }

        @Test
        void theWholePageIsLight() throws Exception {
            int bytes = Http.send(port, "GET", "/console/").body().length();
            for (String name :
                    new String[] {
                        "api",
                        "call",
                        "client",
                        "connections",
                        "console",
                        "dom",
                        "form",
                        "format",
                        "frames",
                        "overview",
                        "plot",
                        "tasks",
                        "traffic",
                        "try",
                        "upstreams"
                    }) {
                HttpResponse<String> module = Http.send(port, "GET", "/console/" + name + ".js");
                assertThat(module.headers().firstValue("Content-Type"))
                        .hasValueSatisfying(type -> assertThat(type).contains("javascript"));
                bytes += module.body().length();
            }
            bytes += Http.send(port, "GET", "/console/console.css").body().length();
            assertThat(bytes).isLessThan(300_000);
        }

        @Test
        void withoutASlashItLeadsToThePage() throws Exception {
            HttpResponse<String> answer = Http.send(port, "GET", "/console");
            assertThat(status(answer)).isEqualTo(307);
            assertThat(answer.headers().firstValue("Location")).hasValue("console/");
        }

        @ParameterizedTest
        @CsvSource({"?order=fastest, order", "?page=-1, page", "?page=9999999999, page"})
        void nonsenseIsAnsweredWithWhatIsAllowed(String query, String name) throws Exception {
            HttpResponse<String> answer =
                    Http.send(port, "GET", "/console/api/connections" + query);
            assertThat(status(answer)).isEqualTo(400);
            assertThat(answer.body()).contains(name + ": must be ");
        }

        @Test
        void aFilterHasALength() throws Exception {
            String path = "/console/api/connections?filter=" + "x".repeat(101);
            assertThat(Http.send(port, "GET", path).body()).contains("at most 100 characters");
        }
    }

    @Nested
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = {
                "springline.auth.tokens[0].name=ada",
                // the SHA-256 of "tok-ada-4711"
                "springline.auth.tokens[0].hash=sha256:fc64a0c195eda45d730a829931b75afc442126bcc5ceb5c61fe008d1bf2d39b4",
                "springline.auth.tokens[1].name=olga",
                // the SHA-256 of "tok-olga-4713"
                "springline.auth.tokens[1].hash=sha256:14efac55a06ac23386dcd2ad69ed7c98cfba6db8573d8ed8f931662fae7c9e58",
                "springline.auth.tokens[1].roles=operator"
            })
    class WithCredentials {

        @LocalServerPort int port;

        @ParameterizedTest
        @CsvSource({
            "GET,    /console/api/overview,              200",
            "GET,    /console/api/connections,           200",
            "GET,    /console/api/upstreams,             200",
            "DELETE, /console/api/connections/x,         404",
            "GET,    /console/api/connections/x/traffic, 404",
            "PUT,    /console/api/connections/x/traffic, 404",
            "DELETE, /console/api/connections/x/traffic, 404",
            "PUT,    /actuator/connections/x/traffic,    404",
            "GET,    /actuator/connections/x/traffic,    404"
        })
        void isForOperators(String method, String path, int operator) throws Exception {
            assertThat(status(Http.send(port, method, path))).isEqualTo(401);
            assertThat(status(Http.send(port, method, path, "Authorization", "Bearer wrong")))
                    .isEqualTo(401);
            assertThat(
                            status(
                                    Http.send(
                                            port,
                                            method,
                                            path,
                                            "Authorization",
                                            "Bearer tok-ada-4711")))
                    .isEqualTo(403);
            assertThat(
                            status(
                                    Http.send(
                                            port,
                                            method,
                                            path,
                                            "Authorization",
                                            "Bearer tok-olga-4713")))
                    .isEqualTo(operator);
        }

        @Test
        void thePageItselfTellsNothingAndIsForEverybody() throws Exception {
            assertThat(status(Http.send(port, "GET", "/console/"))).isEqualTo(200);
            HttpResponse<String> refused = Http.send(port, "GET", OVERVIEW);
            assertThat(refused.body()).isEmpty();
        }
    }

    @Nested
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = "springline.console.enabled=false")
    class SwitchedOff {

        @LocalServerPort int port;

        @ParameterizedTest
        @ValueSource(strings = {"/console", "/console/", "/console/console.js", OVERVIEW})
        void thereIsNone(String path) throws Exception {
            assertThat(status(Http.send(port, "GET", path))).isEqualTo(404);
        }
    }
}
