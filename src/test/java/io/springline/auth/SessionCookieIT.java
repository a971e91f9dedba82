package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.RawSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

/** A login of the application's own, and the cookie that a browser then sends with each upgrade. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.auth.session-cookie.enabled=true",
            "springline.websocket.allowed-origins=https://app.example.com"
        })
class SessionCookieIT {

    @LocalServerPort int port;

    @TestConfiguration
    static class Login {

        @Bean
        @Order(0)
        SecurityFilterChain login(HttpSecurity http) throws Exception {
            return http.securityMatcher("/login", "/mcp")
                    .csrf(AbstractHttpConfigurer::disable)
                    .formLogin(Customizer.withDefaults())
                    .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
                    .build();
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(
                    User.withUsername("ada").password("{noop}lovelace").roles("reader").build());
        }
    }

    private String login() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            var response =
                    client.send(
                            HttpRequest.newBuilder(
                                            URI.create("http://127.0.0.1:" + port + "/login"))
                                    .header("Content-Type", "application/x-www-form-urlencoded")
                                    .POST(BodyPublishers.ofString("username=ada&password=lovelace"))
                                    .build(),
                            BodyHandlers.discarding());
            return response.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
        }
    }

    private int upgrade(String... headers) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", headers)) {
            return socket.status();
        }
    }

    @Test
    void aCookieComesInFromAnAllowedPageAlone() throws Exception {
        String cookie = "Cookie: " + login();
        assertThat(upgrade(cookie, "Origin: https://app.example.com")).isEqualTo(101);
        assertThat(upgrade(cookie, "Origin: https://evil.example.com")).isEqualTo(403);
        assertThat(upgrade(cookie)).isEqualTo(401);
        assertThat(upgrade("Origin: https://app.example.com")).isEqualTo(401);
        assertThat(upgrade("Cookie: JSESSIONID=guessed", "Origin: https://app.example.com"))
                .isEqualTo(401);
    }
}
