package io.springline.relay;

import static io.springline.relay.RelayedService.ask;
import static io.springline.relay.RelayedService.list;
import static io.springline.relay.RelayedService.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Which extensions of upstreams clients see, and how their methods are routed. */
class RelayedExtensionsIT {

    private static final String SKILLS = "io.modelcontextprotocol/skills";
    private static final String OPAQUE = "com.example/notes";
    private static final ScriptedHttpServer one =
            server("one", "'%s':{'a':['x']},'%s':{'b':1}".formatted(SKILLS, OPAQUE));
    private static final ScriptedHttpServer two =
            server(
                    "two",
                    "'%s':{'a':['y']},'com.example/hidden':{},'io.springline/resume':{},"
                                    .formatted(SKILLS)
                            + "'io.modelcontextprotocol/oauth-client-credentials':{}");
    private static RelayedService service;

    /** A server with skills: modern if its name is two. */
    private static ScriptedHttpServer server(String name, String extensions) {
        String capabilities =
                "'capabilities':{'tools':{},'resources':{},'extensions':{%s}}"
                        .formatted(extensions);
        var server = new ScriptedHttpServer();
        if (name.equals("two")) {
            server.result(
                    "server/discover",
                    "{'resultType':'complete','supportedVersions':['2026-07-28'],"
                            + capabilities
                            + "}");
        } else {
            server.result(
                    "initialize",
                    "{'protocolVersion':'2025-11-25','serverInfo':{'name':'t','version':'1'},"
                            + capabilities
                            + "}");
        }
        return server.result(
                        "tools/list",
                        "{'tools':[{'name':'of_%s','inputSchema':{'type':'object'}}]}"
                                .formatted(name))
                .reply(
                        "skills/list",
                        params ->
                                params.path("cursor").asString("").isEmpty()
                                        ? page(name, "first", "'nextCursor':'more',")
                                        : page(name, "second", ""))
                .reply(
                        "skills/get",
                        params ->
                                "'result':{'skill':{'uri':'%s','of':'%s'}}"
                                        .formatted(params.path("uri").asString(), name))
                .result(
                        "notes/add",
                        "{'resultType':'complete','noted':'%s','uri':'x'}".formatted(name));
    }

    private static String page(String server, String skill, String cursor) {
        return """
        'result':{%s'skills':[{'uri':'skill://%s/SKILL.md','frontmatter':{'name':'%s','uri':'skill://kept'},\
        'resources':[{'uri':'skill://%s/a.md','digest':'%s'}]}]}\
        """
                .formatted(cursor, skill, skill, skill, server);
    }

    @BeforeAll
    static void start() throws Exception {
        var properties = new ArrayList<>(RelayedService.principals("ada", "bob"));
        properties.add("--springline.relay.upstreams.one.extensions[0]=" + OPAQUE);
        properties.add("--springline.relay.upstreams.two.extensions[0]=com.example/absent");
        properties.add("--springline.auth.rules[0].tools=of_one");
        properties.add("--springline.auth.rules[0].roles=ada,bob");
        properties.add("--springline.auth.rules[1].tools=of_two");
        properties.add("--springline.auth.rules[1].roles=bob");
        properties.add("--springline.auth.rules[2].resources=*");
        properties.add("--springline.auth.rules[2].roles=ada,bob");
        service =
                new RelayedService(
                        Map.of("one", one, "two", two), properties.toArray(String[]::new));
        service.awaitState("one", "up");
        service.awaitState("two", "up");
        try (SocketPeer peer = service.legacyAs("bob", "")) {
            await().untilAsserted(() ->
                    assertThat(names(list(peer, "tools/list", "tools"), "name"))
                            .contains("of_one", "of_two"));
        }
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @ParameterizedTest
    @CsvSource({
        "bob,'',true,true,true",
        "ada,'',true,true,false",
        "bob,/two,true,false,true",
        "ada,/one,true,true,false"
    })
    void advertisesWhatTheCallerMayUseAtThisEndpoint(
            String principal, String endpoint, boolean skills, boolean opaque, boolean ofTwo)
            throws Exception {
        try (SocketPeer peer = service.legacyAs(principal, endpoint)) {
            JsonNode discovered =
                    ask(peer, "server/discover", "{%s}".formatted(McpPeer.meta("{}")));
            JsonNode extensions = discovered.at("/result/capabilities/extensions");
            assertThat(extensions.has(SKILLS)).isEqualTo(skills);
            assertThat(extensions.has(OPAQUE)).isEqualTo(opaque);
            assertThat(extensions.path(SKILLS).toString().contains("\"y\"")).isEqualTo(ofTwo);
            assertThat(extensions.propertyNames())
                    .doesNotContain(
                            "com.example/hidden",
                            "com.example/absent",
                            "io.modelcontextprotocol/oauth-client-credentials");
        }
    }

    @Test
    void joinsTheSkillsOfAllUpstreamsThatTheCallerMayUse() throws Exception {
        try (SocketPeer bob = service.legacyAs("bob", "");
                SocketPeer ada = service.legacyAs("ada", "")) {
            JsonNode skills = ask(bob, "skills/list", "{}").at("/result/skills");
            assertThat(names(skills, "uri"))
                    .containsExactlyInAnyOrder(
                            "skill://one/first/SKILL.md",
                            "skill://one/second/SKILL.md",
                            "skill://two/first/SKILL.md",
                            "skill://two/second/SKILL.md");
            assertThat(skills.at("/0/resources/0/uri").asString())
                    .matches("skill://(one|two)/first/a.md");
            assertThat(skills.at("/0/frontmatter/uri").asString()).isEqualTo("skill://kept");
            assertThat(names(ask(ada, "skills/list", "{}").at("/result/skills"), "uri"))
                    .hasSize(2)
                    .allMatch(uri -> uri.startsWith("skill://one/"));
        }
    }

    @Test
    void answersAListWithoutTheUpstreamThatFails() throws Exception {
        two.error("skills/list", -32603, "broken");
        try (SocketPeer bob = service.legacyAs("bob", "")) {
            assertThat(names(ask(bob, "skills/list", "{}").at("/result/skills"), "uri"))
                    .containsExactly("skill://one/first/SKILL.md", "skill://one/second/SKILL.md");
        } finally {
            two.reply(
                    "skills/list",
                    params ->
                            params.path("cursor").asString("").isEmpty()
                                    ? page("two", "first", "'nextCursor':'more',")
                                    : page("two", "second", ""));
        }
    }

    @Test
    void getsASkillFromTheUpstreamThatItsUriNames() throws Exception {
        try (SocketPeer bob = service.legacyAs("bob", "");
                SocketPeer ada = service.legacyAs("ada", "")) {
            String params = "{\"uri\":\"skill://two/first/SKILL.md\"}";
            JsonNode skill = ask(bob, "skills/get", params).at("/result/skill");
            assertThat(skill.path("of").asString()).isEqualTo("two");
            assertThat(skill.path("uri").asString()).isEqualTo("skill://two/first/SKILL.md");
            assertThat(two.asked("skills/get").getLast().path("uri").asString())
                    .isEqualTo("skill://first/SKILL.md");
            ask(bob, "resources/directory/read", "{\"uri\":\"skill://two/first\"}");
            assertThat(two.asked("resources/directory/read").getLast().path("uri").asString())
                    .isEqualTo("skill://first");
            assertThat(one.asked("resources/directory/read")).isEmpty();
            int before = two.asked("skills/get").size();
            assertThat(ask(ada, "skills/get", params).has("error")).isTrue();
            assertThat(two.asked("skills/get")).hasSize(before);
        }
    }

    @Test
    void passesUnknownMethodsWhereOneUpstreamIsServedAndItIsConfigured() throws Exception {
        try (SocketPeer alone = service.legacyAs("ada", "/one");
                SocketPeer together = service.legacyAs("ada", "");
                SocketPeer other = service.legacyAs("bob", "/two")) {
            assertThat(
                            ask(alone, "notes/add", "{\"text\":\"a\",\"deep\":{\"n\":[1,null]}}")
                                    .path("result"))
                    .hasToString("{\"noted\":\"one\",\"uri\":\"x\"}");
            assertThat(one.asked("notes/add").getLast().path("deep").toString())
                    .isEqualTo("{\"n\":[1,null]}");
            assertThat(ask(together, "notes/add", "{}").at("/error/code").asInt())
                    .isEqualTo(-32601);
            assertThat(ask(other, "notes/add", "{}").at("/error/code").asInt()).isEqualTo(-32601);
        }
    }

    @Test
    void declaresToAModernUpstreamWhatTheRequestAndItHave() throws Exception {
        try (SocketPeer bob = service.legacyAs("bob", "")) {
            String declared =
                    "{\"extensions\":{\"%s\":{},\"%s\":{},\"com.example/hidden\":{},\"io.modelcontextprotocol/ui\":{}}}"
                            .formatted(SKILLS, OPAQUE);
            ask(bob, "tools/call", "{\"name\":\"of_two\",%s}".formatted(McpPeer.meta(declared)));
            assertThat(
                            two.asked("tools/call")
                                    .getLast()
                                    .at(
                                            "/_meta/io.modelcontextprotocol~1clientCapabilities/extensions"))
                    .hasToString("{\"%s\":{}}".formatted(SKILLS));
        }
    }

    @Test
    void showsTheOperatorWhatHappensToEachExtension() {
        assertThat(service.view("one").extensions())
                .containsEntry(SKILLS, "passes")
                .containsEntry(OPAQUE, "passes");
        assertThat(service.view("two").extensions())
                .containsEntry("com.example/absent", "the upstream does not have it")
                .hasEntrySatisfying(
                        "com.example/hidden",
                        state -> assertThat(state).contains("does not name it"))
                .containsEntry("io.springline/resume", "ends at Springline")
                .containsEntry(
                        "io.modelcontextprotocol/oauth-client-credentials", "ends at Springline");
    }
}
