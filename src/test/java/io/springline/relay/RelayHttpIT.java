package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import tools.jackson.databind.JsonNode;

/** A Streamable HTTP upstream behind the whole service. */
class RelayHttpIT {

    private final AtomicInteger sessions = new AtomicInteger();
    private volatile String session = "none";
    private volatile boolean restarts;

    private void answer(TestHttpUpstream.Asked asked) throws Exception {
        if (!asked.verb().equals("POST")) {
            asked.status(405);
        } else if (asked.method().equals("server/discover")) {
            asked.json(200, error(asked, "-32601"));
        } else if (asked.method().equals("initialize")) {
            session = "session-" + sessions.incrementAndGet();
            asked.set("Mcp-Session-Id", session);
            asked.json(
                    200,
                    result(
                            asked,
                            """
                            {"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"t","version":"1"}}\
                            """));
        } else if (!session.equals(asked.header("Mcp-Session-Id"))) {
            asked.status(404);
        } else if (asked.method().equals("tools/list")) {
            asked.json(
                    200,
                    result(
                            asked,
                            "{\"tools\":[{\"name\":\"hit\",\"inputSchema\":{\"type\":\"object\"},\"annotations\":{\"idempotentHint\":true}}]}"));
        } else if (asked.method().equals("tools/call") && restarts) {
            restarts = false;
            session = "forgotten";
            throw new IOException("lost");
        } else if (asked.method().equals("tools/call")) {
            asked.json(
                    200,
                    result(
                            asked,
                            "{\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}"
                                    .formatted(session)));
        } else {
            asked.status(202);
        }
    }

    private static String result(TestHttpUpstream.Asked asked, String result) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}"
                .formatted(asked.body().get("id"), result);
    }

    private static String error(TestHttpUpstream.Asked asked, String code) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%s,\"message\":\"no\"}}"
                .formatted(asked.body().get("id"), code);
    }

    @Test
    void aSessionIsKeptBetweenCallsAndALostOneOpenedAnewWithoutTheClientNoticing()
            throws Exception {
        try (var upstream = new TestHttpUpstream(this::answer);
                var service =
                        new SpringApplicationBuilder(SpringlineApplication.class)
                                .run(
                                        "--server.port=0",
                                        "--springline.relay.upstreams.web.url=" + upstream.url());
                var peer =
                        SocketPeer.connect(
                                "ws://127.0.0.1:"
                                        + service.getEnvironment().getProperty("local.server.port")
                                        + "/mcp")) {
            await().until(() -> service.getBean(Upstreams.class).all().getFirst().tools() == 1);
            peer.initialize("2025-11-25", "{}");
            for (int i = 0; i < 3; i++) {
                assertThat(hit(peer)).isEqualTo("session-1");
            }
            session = "forgotten";
            assertThat(hit(peer)).isEqualTo("session-2");
            assertThat(hit(peer)).isEqualTo("session-2");
            restarts = true;
            assertThat(hit(peer)).isEqualTo("session-3");
            assertThat(sessions).hasValue(3);
        }
    }

    @Test
    void aModernUpstreamGetsTheHeadersThatItsToolAsksFor() throws Exception {
        try (var upstream = new TestHttpUpstream(RelayHttpIT::answerModern);
                var service =
                        new SpringApplicationBuilder(SpringlineApplication.class)
                                .run(
                                        "--server.port=0",
                                        "--springline.relay.upstreams.web.url=" + upstream.url());
                var peer =
                        SocketPeer.connect(
                                "ws://127.0.0.1:"
                                        + service.getEnvironment().getProperty("local.server.port")
                                        + "/mcp/web")) {
            await().until(() -> service.getBean(Upstreams.class).all().getFirst().tools() > 0);
            peer.initialize("2025-11-25", "{}");
            var tools =
                    peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}")
                            .at("/result/tools");
            assertThat(tools).as("without the tool whose annotation is broken").hasSize(1);
            assertThat(
                            peer.ask(
                                            """
                                            {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"where","arguments":{"region":"eu"}}}\
                                            """)
                                    .at("/result/content/0/text")
                                    .asString())
                    .isEqualTo("eu where 2026-07-28");
        }
    }

    /** As when a request meets the close of the idle connection that it uses. */
    @Test
    void sendsARequestWhoseResponseIsLostAgainUnlessItMayChangeSomething() throws Exception {
        var docs =
                new ScriptedHttpServer()
                        .result(
                                "tools/list",
                                "{'tools':["
                                        + "{'name':'look','inputSchema':{'type':'object'},'annotations':{'readOnlyHint':true}},"
                                        + "{'name':'change','inputSchema':{'type':'object'}}]}")
                        .result("prompts/list", "{'prompts':[{'name':'help'}]}")
                        .reply("tools/call", onceLost("'result':{'content':[]}"))
                        .reply("prompts/get", onceLost("'result':{'messages':[]}"));
        try (var service = new RelayedService(Map.of("docs", docs));
                var peer = service.legacy("/docs")) {
            assertThat(RelayedService.call(peer, "look", "{}").has("result")).isTrue();
            assertThat(RelayedService.ask(peer, "prompts/get", "{\"name\":\"help\"}").has("result"))
                    .isTrue();
            JsonNode lost = RelayedService.call(peer, "change", "{}").path("error");
            assertThat(lost.at("/data/reason").asString()).isEqualTo("outcome-unknown");
            assertThat(lost.path("message").asString())
                    .isEqualTo(
                            "Upstream 'docs': the connection to the upstream was lost; the outcome of the request is unknown");
            assertThat(docs.asked("tools/call"))
                    .extracting(asked -> asked.path("name").asString())
                    .containsExactly("look", "look", "change");
            assertThat(docs.asked("initialize")).hasSize(1);
        }
    }

    private static ScriptedHttpServer.Reply onceLost(String members) {
        var lost = ConcurrentHashMap.<String>newKeySet();
        return params -> {
            if (lost.add(params.path("name").asString())) {
                throw new IOException("lost");
            }
            return members;
        };
    }

    private static void answerModern(TestHttpUpstream.Asked asked) throws Exception {
        switch (asked.method()) {
            case "server/discover" ->
                    asked.json(
                            200,
                            result(
                                    asked,
                                    """
                                    {"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"private"}\
                                    """));
            case "tools/list" ->
                    asked.json(
                            200,
                            result(
                                    asked,
                                    """
                                    {"resultType":"complete","ttlMs":0,"cacheScope":"private","tools":[
                                     {"name":"where","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}},
                                     {"name":"broken","inputSchema":{"type":"object","properties":{"a":{"type":"string","x-mcp-header":"no token"}}}}]}\
                                    """
                                            .replace("\n", "")));
            case "tools/call" ->
                    asked.json(
                            200,
                            result(
                                    asked,
                                    "{\"resultType\":\"complete\",\"content\":[{\"type\":\"text\",\"text\":\"%s %s %s\"}]}"
                                            .formatted(
                                                    asked.header("Mcp-Param-Region"),
                                                    asked.header("Mcp-Name"),
                                                    asked.header("MCP-Protocol-Version"))));
            default -> asked.json(200, error(asked, "-32601"));
        }
    }

    private static String hit(SocketPeer peer) throws InterruptedException {
        return peer.ask(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hit","arguments":{}}}\
                        """)
                .at("/result/content/0/text")
                .asString();
    }
}
