package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.Tool;
import io.springline.feature.result.ToolResult;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.mcp.annotation.McpPrompt;
import org.springframework.ai.mcp.annotation.McpResource;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.core.context.SecurityContextHolder;
import tools.jackson.databind.JsonNode;

/** Spring Security's annotations on tool beans. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.auth.tokens[0].name=ada",
            // the SHA-256 of "secret"
            "springline.auth.tokens[0].hash=sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
            "springline.auth.tokens[1].name=op",
            // the SHA-256 of "operator"
            "springline.auth.tokens[1].hash=sha256:06e55b633481f7bb072957eabcf110c972e86691c3cfedabe088024bffe42f23",
            "springline.auth.tokens[1].roles=admin"
        })
class MethodSecurityIT {

    @LocalServerPort int port;

    @TestConfiguration
    static class Tools {

        @Bean
        Vault vault() {
            return new Vault();
        }

        @Bean
        Tool whoami() {
            return Tool.named("whoami")
                    .handler((_, _) ->
                            ToolResult.text(
                                    SecurityContextHolder.getContext()
                                            .getAuthentication()
                                            .getName()));
        }
    }

    static class Vault {

        @McpTool(name = "open_vault", description = "Opens it")
        @PreAuthorize("hasRole('ADMIN')")
        String open() {
            return "open";
        }

        @McpTool(name = "scoped", description = "Needs a scope")
        @PreAuthorize("hasAuthority('SCOPE_admin')")
        String scoped() {
            return "open";
        }

        @McpPrompt(name = "vault", description = "Asks for it")
        @PreAuthorize("hasRole('admin')")
        String prompt() {
            return "open";
        }

        @McpResource(uri = "vault:///gold", name = "gold", description = "Gold")
        @PreAuthorize("hasRole('ADMIN')")
        String gold() {
            return "open";
        }
    }

    private JsonNode ask(String token, boolean modern, String method, String params)
            throws Exception {
        try (var peer =
                SocketPeer.connect(
                        "ws://127.0.0.1:" + port + "/mcp",
                        Map.of("Authorization", "Bearer " + token),
                        "mcp")) {
            if (!modern) {
                peer.initialize("2025-11-25", "{}");
            }
            return peer.ask(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s%s}}"
                            .formatted(method, modern ? McpPeer.meta("{}") + "," : "", params));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    tools/call     | "name":"open_vault"
                    tools/call     | "name":"scoped"
                    prompts/get    | "name":"vault"
                    resources/read | "uri":"vault:///gold"
                    """)
    void aDeniedCallIsAnsweredAsByTheRules(String method, String params) throws Exception {
        for (boolean modern : new boolean[] {false, true}) {
            JsonNode denied = ask("secret", modern, method, params);
            assertThat(denied.at("/error/code").asInt()).as(denied.toString()).isEqualTo(403);
            assertThat(denied.at("/error/message").asString()).isEqualTo("insufficient scope");
            assertThat(denied.at("/error/data/requiredScopes").isArray()).isTrue();
            assertThat(ask("operator", modern, method, params).path("result").toString())
                    .contains("open");
        }
    }

    @Test
    void thePrincipalIsThereOnTheHandlersThread() throws Exception {
        for (boolean modern : new boolean[] {false, true}) {
            assertThat(
                            ask("secret", modern, "tools/call", "\"name\":\"whoami\"")
                                    .at("/result/content/0/text")
                                    .asString())
                    .isEqualTo("ada");
        }
    }
}
