package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.Prompt;
import io.springline.feature.Resource;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.endpoint.EndpointSource;
import io.springline.feature.endpoint.FeaturesFactory;
import io.springline.feature.result.PromptResult;
import io.springline.feature.result.ResourceResult;
import io.springline.feature.result.ToolResult;
import io.springline.mcp.CloseReason;
import io.springline.mcp.Topic;
import io.springline.session.Backplane;
import io.springline.session.Caller;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What the rules hide and refuse, in both eras and at every endpoint. */
class AuthorizationGuardTest {

    private static final Caller READER = new Caller("ada", Set.of("read"), null);
    private static final Caller ADMIN = new Caller("op", Set.of("admin"), null);

    /** No @Configuration, or every other test would find it by scanning this package. */
    static class Fixture {

        @Bean
        @Order(1)
        Tool open() {
            return tool("open");
        }

        @Bean
        @Order(2)
        Tool files() {
            return relayed("files_delete");
        }

        @Bean
        @Order(3)
        Tool free() {
            return tool("files_free");
        }

        @Bean
        @Order(4)
        Tool last() {
            return tool("last");
        }

        private static Tool tool(String name) {
            return new Tool(definition(name), handler(name));
        }

        private static Tool relayed(String name) {
            return Tool.relayed(definition(name), handler(name), List.of(), "elsewhere");
        }

        private static ToolHandler handler(String name) {
            return (_, _) -> ToolResult.text("did " + name);
        }

        private static ObjectNode definition(String name) {
            ObjectNode definition = JsonNodeFactory.instance.objectNode().put("name", name);
            definition.putObject("inputSchema").put("type", "object");
            return definition;
        }

        @Bean
        Prompt secretPrompt() {
            return Prompt.named("secret").handler((_, _) -> PromptResult.described("psst"));
        }

        @Bean
        Resource secretResource() {
            return Resource.of(
                    "vault:///a",
                    "a",
                    "a",
                    "text/plain",
                    (_, uri, _) -> ResourceResult.text(uri, "text/plain", "x"));
        }

        @Bean
        ResourceTemplate secretTemplate() {
            return ResourceTemplate.of(
                    "vault:///{name}",
                    "t",
                    "t",
                    "text/plain",
                    (_, uri, _) -> ResourceResult.text(uri, "text/plain", "x"));
        }

        /** As an upstream's own endpoint, under its own names. */
        @Bean
        EndpointSource upstream(FeaturesFactory factory) {
            var features = factory.create("files");
            features.tools().add(List.of(relayed("delete"), relayed("look")));
            return () -> Map.of("files", features);
        }
    }

    private static ApplicationContextRunner runner() {
        return CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .withPropertyValues(
                        "springline.features.page-size=1",
                        "springline.auth.rules[0].tools=files_free",
                        "springline.auth.rules[0].roles=*",
                        "springline.auth.rules[1].tools=files_*,gone",
                        "springline.auth.rules[1].prompts=secret",
                        "springline.auth.rules[1].resources=vault:*",
                        "springline.auth.rules[1].scopes=admin,files",
                        "springline.auth.rules[2].tools=files_delete",
                        "springline.auth.rules[2].roles=read",
                        "springline.auth.rules[3].tools=open,last",
                        "springline.auth.rules[3].roles=*");
    }

    private static JsonNode ask(McpPeer peer, boolean modern, String method, String params)
            throws Exception {
        return peer.ask(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":{%s%s}}"
                        .formatted(
                                method,
                                modern ? McpPeer.meta("{}") + (params.isEmpty() ? "" : ",") : "",
                                params));
    }

    private static InMemoryPeer peer(
            ApplicationContext context, String endpoint, Caller caller, boolean modern)
            throws Exception {
        var peer = new InMemoryPeer(context, endpoint, caller);
        if (!modern) {
            peer.initialize("2025-11-25", "{}");
        }
        return peer;
    }

    /** All pages, one entry each. */
    private static List<String> names(McpPeer peer, boolean modern, String list, String key)
            throws Exception {
        var names = new java.util.ArrayList<String>();
        String cursor = "";
        while (true) {
            String method = list.equals("resourceTemplates") ? "resources/templates" : list;
            JsonNode result = ask(peer, modern, method + "/list", cursor).path("result");
            result.path(list).forEach(each -> names.add(each.path(key).asString()));
            if (!result.has("nextCursor")) {
                return names;
            }
            cursor = "\"cursor\":\"%s\"".formatted(result.path("nextCursor").asString());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void listsShowWhatTheCallerMayUse(boolean modern) {
        runner().run(context -> {
            try (var reader = peer(context, "", READER, modern)) {
                assertThat(names(reader, modern, "tools", "name"))
                        .containsExactly("open", "files_free", "last");
                assertThat(names(reader, modern, "prompts", "name")).isEmpty();
                assertThat(names(reader, modern, "resources", "uri")).isEmpty();
                assertThat(names(reader, modern, "resourceTemplates", "uriTemplate")).isEmpty();
            }
            try (var admin = peer(context, "", ADMIN, modern)) {
                assertThat(names(admin, modern, "tools", "name"))
                        .containsExactly("open", "files_delete", "files_free", "last");
                assertThat(names(admin, modern, "prompts", "name")).containsExactly("secret");
                assertThat(names(admin, modern, "resources", "uri")).containsExactly("vault:///a");
                assertThat(names(admin, modern, "resourceTemplates", "uriTemplate"))
                        .containsExactly("vault:///{name}");
            }
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    tools/call          | "name":"files_delete"                                 | both
                    tools/call          | "name":"gone"                                         | both
                    tools/call          | "name":"files_no_such"                                | both
                    prompts/get         | "name":"secret"                                       | both
                    resources/read      | "uri":"vault:///a"                                    | both
                    resources/read      | "uri":"vault:///no"                                   | both
                    resources/subscribe | "uri":"vault:///a"                                    | legacy
                    subscriptions/listen| "notifications":{"resourceSubscriptions":["vault:x"]} | modern
                    completion/complete | "ref":{"type":"ref/prompt","name":"secret"},"argument":{"name":"a","value":""} | both
                    completion/complete | "ref":{"type":"ref/resource","uri":"vault:///{name}"},"argument":{"name":"a","value":""} | both
                    """)
    void whatIsHiddenIsRefusedWithTheScopesThatItNeeds(String method, String params, String eras) {
        runner().run(context -> {
            for (boolean modern : new boolean[] {false, true}) {
                if (!eras.equals("both") && !eras.equals(modern ? "modern" : "legacy")) {
                    continue;
                }
                try (var reader = peer(context, "", READER, modern);
                        var admin = peer(context, "", ADMIN, modern)) {
                    JsonNode error = ask(reader, modern, method, params).path("error");
                    assertThat(error.path("code").asInt()).isEqualTo(403);
                    assertThat(error.path("message").asString()).isEqualTo("insufficient scope");
                    assertThat(error.at("/data/requiredScopes").toString())
                            .isEqualTo("[\"admin\",\"files\"]");
                    assertThat(ask(admin, modern, method, params).at("/error/code").asInt())
                            .isNotEqualTo(403);
                }
            }
        });
    }

    /** Its server may read both spellings as the same resource. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "VAULT:///a",
                "vault:///open/../a",
                "vault:///open/%2e%2E/a",
                "vault:///open/..%2fa",
                "vault:///%61",
                " vault:///a",
                "va\tult:///a",
            })
    void refusesAnotherSpellingOfAUri(String uri) {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .withPropertyValues(
                        "springline.auth.rules[0].resources=vault:///a*",
                        "springline.auth.rules[0].roles=admin",
                        "springline.auth.rules[1].resources=*",
                        "springline.auth.rules[1].roles=*")
                .run(context -> {
                    try (var reader = peer(context, "", READER, true)) {
                        String params =
                                JsonNodeFactory.instance.objectNode().put("uri", uri).toString();
                        assertThat(
                                        ask(
                                                        reader,
                                                        true,
                                                        "resources/read",
                                                        params.substring(1, params.length() - 1))
                                                .at("/error/code")
                                                .asInt())
                                .isEqualTo(403);
                        assertThat(
                                        ask(
                                                        reader,
                                                        true,
                                                        "resources/read",
                                                        "\"uri\":\"vault:///b%2Fc\"")
                                                .has("result"))
                                .isTrue();
                    }
                });
    }

    @Test
    void deniesFeaturesThatNoRuleMatches() {
        CoreContext.runner()
                .withUserConfiguration(Fixture.class)
                .withPropertyValues(
                        "springline.auth.rules[0].tools=open", "springline.auth.rules[0].roles=*")
                .run(context -> {
                    try (var admin = peer(context, "", ADMIN, true)) {
                        assertThat(names(admin, true, "tools", "name")).containsExactly("open");
                        assertThat(names(admin, true, "prompts", "name")).isEmpty();
                        assertThat(names(admin, true, "resources", "uri")).isEmpty();
                        for (String call :
                                new String[] {
                                    "tools/call|\"name\":\"last\"",
                                    "tools/call|\"name\":\"no_such\"",
                                    "prompts/get|\"name\":\"secret\"",
                                    "resources/read|\"uri\":\"vault:///a\"",
                                    "resources/read|\"uri\":\"no:such\""
                                }) {
                            JsonNode error =
                                    ask(admin, true, call.split("\\|")[0], call.split("\\|")[1])
                                            .path("error");
                            assertThat(error.path("code").asInt()).as(call).isEqualTo(403);
                            assertThat(error.at("/data/requiredScopes").isEmpty()).isTrue();
                        }
                    }
                });
    }

    @Test
    void appliesRulesAtTheEndpointOfAnUpstream() {
        runner().run(context -> {
            try (var reader = peer(context, "files", READER, true)) {
                assertThat(names(reader, true, "tools", "name")).isEmpty();
                assertThat(
                                ask(reader, true, "tools/call", "\"name\":\"delete\"")
                                        .at("/error/code")
                                        .asInt())
                        .isEqualTo(403);
            }
            try (var admin = peer(context, "files", ADMIN, true)) {
                assertThat(
                                ask(admin, true, "tools/call", "\"name\":\"delete\"")
                                        .at("/result/content/0/text")
                                        .asString())
                        .isEqualTo("did delete");
            }
        });
    }

    @Test
    void sendsNoUpdateOfAResourceThatTheCallerMayNotRead() {
        runner().run(context -> {
            try (var reader = peer(context, "", READER, false);
                    var admin = peer(context, "", ADMIN, false)) {
                reader.session().subscriptions().subscribe("vault:///");
                admin.session().subscriptions().subscribe("vault:///");
                context.getBean(Backplane.class)
                        .publish("", new Topic.ResourceUpdated("vault:///a"));
                assertThat(admin.receive().path("method").asString())
                        .isEqualTo("notifications/resources/updated");
                assertThat(reader.poll(25)).isNull();
            }
        });
    }

    @Test
    void appliesTheRolesOfTheLatestCredential() {
        runner().run(context -> {
            try (var peer = peer(context, "", READER, true)) {
                peer.session().identity().present(new Caller("ada", Set.of("files"), null));
                assertThat(ask(peer, true, "tools/call", "\"name\":\"files_delete\"").has("result"))
                        .isTrue();
            }
        });
    }

    @Test
    void answersNothingAfterTheCredentialHasExpired() {
        CoreContext.runner()
                .run(context -> {
                    var expired = new Caller("ada", Set.of(), Instant.now().minusMillis(1));
                    try (var peer = new InMemoryPeer(context, "", expired)) {
                        peer.send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
                        assertThat(peer.closeCode())
                                .isEqualTo(CloseReason.CREDENTIAL_EXPIRED.code());
                        assertThat(peer.poll(25)).isNull();
                    }
                });
    }
}
