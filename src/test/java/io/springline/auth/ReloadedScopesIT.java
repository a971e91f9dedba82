package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.SpringlineApplication;
import io.springline.auth.token.TokenHash;
import io.springline.reload.ConfigurationReload;
import io.springline.testing.Http;
import io.springline.testing.HttpPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** Access rules that need another scope after a reload. */
class ReloadedScopesIT {

    @TempDir Path folder;

    private void write(String scope) throws Exception {
        Files.writeString(
                folder.resolve("application.properties"),
                """
                springline.auth.tokens[0].name=ada
                springline.auth.tokens[0].hash=sha256:%s
                springline.auth.rules[0].tools=*
                springline.auth.rules[0].scopes=%s
                """
                        .formatted(TokenHash.of("ada-token"), scope));
    }

    @Test
    void namesTheScopesOfTheChangedRules() throws Exception {
        write("files:read");
        try (var service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(
                                "--server.port=0",
                                "--springline.features.built-in=true",
                                "--spring.config.additional-location=file:" + folder + "/",
                                "--springline.reload.watch=false")) {
            int port = service.getEnvironment().getRequiredProperty("local.server.port", int.class);
            write("files:write");
            assertThat(service.getBean(ConfigurationReload.class).reload().fault()).isNull();

            String metadata = "/.well-known/oauth-protected-resource/mcp";
            assertThat(Http.send(port, "GET", metadata).body())
                    .contains("\"scopes_supported\":[\"files:write\"]");
            try (var http = new HttpPeer(port, "/mcp")) {
                var refused =
                        http.with("Authorization", "Bearer ada-token")
                                .modern("tools/call", "echo")
                                .post(
                                        """
                                        {"jsonrpc":"2.0","id":1,"method":"tools/call",
                                         "params":{"name":"echo","arguments":{"message":"x"},%s}}\
                                        """
                                                .formatted(HttpPeer.MODERN));
                assertThat(refused.statusCode()).isEqualTo(403);
                assertThat(refused.headers().firstValue("WWW-Authenticate").orElse(""))
                        .contains("insufficient_scope", "scope=\"files:write\"");
            }
            assertThat(Http.send(port, "POST", "/mcp").headers().firstValue("WWW-Authenticate"))
                    .hasValueSatisfying(
                            challenge -> assertThat(challenge).contains("scope=\"files:write\""));
        }
    }
}
