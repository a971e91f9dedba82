package io.springline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.example.host.HostApplication;
import io.springline.config.InvalidConfigurationException;
import io.springline.test.McpTestClient;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/** Springline in an application of somebody else, which stays as it is. */
class EmbeddingIT {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** An application with a login of its own, for all paths, and with scheduling. */
    @Configuration(proxyBeanMethods = false)
    @EnableScheduling
    static class OwnSecurity {

        @Bean
        @Order(1)
        SecurityFilterChain everything(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.anyRequest().hasRole("ADMIN"))
                    .httpBasic(Customizer.withDefaults())
                    .build();
        }

        @Bean
        InMemoryUserDetailsManager users() {
            return new InMemoryUserDetailsManager(
                    User.withUsername("ada").password("{noop}secret").roles("ADMIN").build());
        }
    }

    /** An application that guards the MCP endpoint itself. */
    @Configuration(proxyBeanMethods = false)
    static class OwnGuard {

        @Bean
        SecurityFilterChain guard(HttpSecurity http) throws Exception {
            return http.securityMatcher("/mcp")
                    .authorizeHttpRequests(requests -> requests.anyRequest().denyAll())
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class AnotherServer {

        @Bean
        ServletWebServerFactory tomcat() {
            return _ ->
                    new WebServer() {
                        @Override
                        public void start() {}

                        @Override
                        public void stop() {}

                        @Override
                        public int getPort() {
                            return -1;
                        }
                    };
        }
    }

    private static ConfigurableApplicationContext host(Class<?>... more) {
        return host(List.of(), more);
    }

    private static ConfigurableApplicationContext host(List<String> settings, Class<?>... more) {
        var arguments = new ArrayList<>(settings);
        // not the service's application.yml, which lies on the class path of this test
        arguments.add("--spring.config.name=host");
        arguments.add("--server.port=0");
        return new SpringApplicationBuilder(HostApplication.class)
                .sources(more)
                .run(arguments.toArray(String[]::new));
    }

    private static String login() {
        byte[] ada = "ada:secret".getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(ada);
    }

    private static String url(ConfigurableApplicationContext host, String path) {
        return "127.0.0.1:%d%s"
                .formatted(((WebServerApplicationContext) host).getWebServer().getPort(), path);
    }

    private static HttpResponse<String> get(
            ConfigurableApplicationContext host, String path, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://" + url(host, path)));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void servesTheToolsOfTheApplicationOverWebSocketAndHttp() {
        try (var host = host()) {
            try (var socket = McpTestClient.webSocket(URI.create("ws://" + url(host, "/mcp")), "");
                    var http = McpTestClient.http(URI.create("http://" + url(host, "/mcp")), "")) {
                for (McpTestClient client : List.of(socket, http)) {
                    assertThat(client.toolNames()).containsExactly("weather");
                    assertThat(client.callTool("weather", Map.of("city", "Oslo")).text())
                            .contains("Oslo");
                }
            }
        }
    }

    @Test
    void leavesAllElseToTheApplication() throws Exception {
        try (var host = host()) {
            // Spring Boot's security, which protects everything while the application says nothing
            assertThat(get(host, "/hello").statusCode()).isEqualTo(401);
            assertThat(get(host, "/").statusCode()).isEqualTo(401);
            assertThat(get(host, "/console/").statusCode()).isEqualTo(401);
            var chores = host.getBean(HostApplication.Chores.class);
            assertThat(host.getBeanNamesForType(TaskScheduler.class)).isEmpty();
            assertThat(chores.thread).hasNullValue();
        }
    }

    @Test
    void takesNothingFromTheSecurityAndTheSchedulerOfTheApplication() throws Exception {
        try (var host = host(OwnSecurity.class)) {
            String login = login();
            assertThat(get(host, "/hello").statusCode()).isEqualTo(401);
            assertThat(get(host, "/hello", "Authorization", login).body()).isEqualTo("hello");
            assertThat(get(host, "/", "Authorization", login).statusCode()).isEqualTo(404);
            assertThat(get(host, "/console/", "Authorization", login).statusCode()).isEqualTo(404);
            assertThat(get(host, "/actuator/connections", "Authorization", login).statusCode())
                    .isEqualTo(404);
            try (var peer = SocketPeer.connect("ws://" + url(host, "/mcp"))) {
                peer.initialize("2025-11-25", "{}");
            }
            var chores = host.getBean(HostApplication.Chores.class);
            await().untilAsserted(() -> assertThat(chores.thread).doesNotHaveNullValue());
            assertThat(chores.thread.get()).doesNotStartWith("springline");
        }
    }

    @Test
    void writesItsJsonAsEverWhateverTheApplicationWants() throws Exception {
        var settings =
                List.of(
                        "--spring.jackson.property-naming-strategy=SNAKE_CASE",
                        "--management.endpoints.web.exposure.include=connections,upstreams",
                        "--springline.relay.upstreams.none.url=http://127.0.0.1:1/mcp",
                        "--springline.console.enabled=true",
                        "--springline.auth.ticket.enabled=true",
                        "--springline.auth.tokens[0].name=olga",
                        // the SHA-256 of "tok-olga-4713"
                        "--springline.auth.tokens[0].hash=sha256:14efac55a06ac23386dcd2ad69ed7c98cfba6db8573d8ed8f931662fae7c9e58",
                        "--springline.auth.tokens[0].roles=operator");
        String olga = "Bearer tok-olga-4713";
        try (var host = host(settings, OwnSecurity.class);
                var _ =
                        SocketPeer.connect(
                                "ws://" + url(host, "/mcp"),
                                Map.of("Authorization", olga),
                                "mcp")) {
            var post =
                    HttpRequest.newBuilder(URI.create("http://" + url(host, "/mcp/ticket")))
                            .header("Authorization", olga)
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build();
            var ticket = HTTP.send(post, HttpResponse.BodyHandlers.ofString());
            assertThat(McpPeer.JSON.readTree(ticket.body()).propertyNames())
                    .containsExactly("ticket", "expiresInMs");
            for (String[] each :
                    new String[][] {
                        {"/console/api/overview", olga, "uptimeSeconds"},
                        {"/actuator/connections", login(), "remoteAddress"},
                        {"/actuator/upstreams", login(), "authTrouble"}
                    }) {
                String path = each[0];
                assertThat(get(host, path, "Authorization", each[1]).body())
                        .as(path)
                        .contains('"' + each[2] + '"');
            }
        }
    }

    @Test
    void refusesNoPropertyOfTheApplication(@TempDir Path folder) throws Exception {
        Files.writeString(
                folder.resolve("host.yml"),
                """
                document: invoice
                springlink:
                  url: http://localhost
                """);
        var settings = List.of("--spring.config.additional-location=" + folder.toUri());
        try (var host = host(settings)) {
            assertThat(host.getEnvironment().getProperty("document")).isEqualTo("invoice");
        }
        var typo = List.of("--springline.websocket.pth=/mcp");
        assertThatThrownBy(() -> host(typo).close())
                .hasStackTraceContaining("springline.websocket.path");
    }

    @Test
    void yieldsToAFilterChainOfTheApplicationForTheEndpoint() throws Exception {
        try (var host = host(OwnGuard.class)) {
            assertThat(get(host, "/mcp").statusCode()).isEqualTo(403);
        }
    }

    @Test
    void failsToStartOnAnotherServerThanJetty() {
        assertThatThrownBy(() -> host(AnotherServer.class).close())
                .hasRootCauseInstanceOf(InvalidConfigurationException.class)
                .rootCause()
                .hasMessageContaining("Springline serves WebSockets with Jetty");
    }
}
