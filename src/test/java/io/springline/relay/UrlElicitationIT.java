package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** An upstream of 2025-11-25 serves a call only after the user has opened a URL. */
class UrlElicitationIT {

    private static final String REQUIRED =
            "'error':{'code':-32042,'message':'Sign in first','data':{'elicitations':["
                    + "{'mode':'url','elicitationId':'e-1','url':'https://example.com/sign-in','message':'Sign in'}]}}";

    private static final ScriptedHttpServer upstream = new ScriptedHttpServer();
    private static RelayedService service;

    @BeforeAll
    static void start() throws Exception {
        upstream.result(
                "tools/list", "{'tools':[{'name':'read','inputSchema':{'type':'object'}}]}");
        service = new RelayedService(Map.of("files", upstream));
        await().until(() -> service.view("files").tools() > 0);
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @BeforeEach
    void requireUrl() {
        upstream.reply("tools/call", _ -> REQUIRED);
    }

    private static JsonNode call(SocketPeer peer, String capabilities, String more)
            throws Exception {
        return RelayedService.ask(
                peer,
                "tools/call",
                "{\"name\":\"read\",%s%s}".formatted(McpPeer.meta(capabilities), more));
    }

    private static JsonNode callWithUrls(SocketPeer peer, String more) throws Exception {
        return call(peer, "{\"elicitation\":{\"url\":{}}}", more);
    }

    private static String answered(String action) {
        return ",\"inputResponses\":{\"springline/url-1\":{\"action\":\"%s\"}}".formatted(action);
    }

    @Test
    void asksAModernClientToOpenTheUrl() throws Exception {
        try (var peer = service.connect("")) {
            JsonNode asked = callWithUrls(peer, "").path("result");
            assertThat(asked.path("resultType").asString()).isEqualTo("input_required");
            assertThat(asked.path("inputRequests").toString())
                    .isEqualTo(
                            "{\"springline/url-1\":{\"method\":\"elicitation/create\",\"params\":{\"mode\":\"url\",\"message\":\"Sign in\",\"url\":\"https://example.com/sign-in\"}}}");
            upstream.result("tools/call", "{'content':[{'type':'text','text':'contents'}]}");
            assertThat(
                            callWithUrls(peer, answered("accept"))
                                    .at("/result/content/0/text")
                                    .asString())
                    .isEqualTo("contents");
            assertThat(upstream.asked("tools/call").getLast().has("inputResponses")).isFalse();
        }
    }

    @Test
    void doesNotCallAgainIfTheUserDoesNotOpenTheUrl() throws Exception {
        try (var peer = service.connect("")) {
            callWithUrls(peer, "");
            int calls = upstream.asked("tools/call").size();
            JsonNode answer = callWithUrls(peer, answered("decline"));
            assertThat(answer.at("/result/isError").asBoolean()).isTrue();
            assertThat(upstream.asked("tools/call")).hasSize(calls);
        }
    }

    @Test
    void givesAModernClientWithoutUrlsAnErrorThatItsRevisionHas() throws Exception {
        try (var peer = service.connect("")) {
            JsonNode error = call(peer, "{\"elicitation\":{}}", "").path("error");
            assertThat(error.path("code").asInt()).isEqualTo(-32603);
            assertThat(error.path("message").asString()).isEqualTo("Sign in first");
            assertThat(error.at("/data/elicitations/0/url").asString())
                    .isEqualTo("https://example.com/sign-in");
        }
    }

    @Test
    void leavesTheErrorToALegacyClient() throws Exception {
        try (var peer = service.legacy("")) {
            assertThat(RelayedService.call(peer, "read", "{}").at("/error/code").asInt())
                    .isEqualTo(-32042);
        }
    }
}
