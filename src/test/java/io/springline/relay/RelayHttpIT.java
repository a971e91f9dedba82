package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.testing.SocketPeer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** A Streamable HTTP upstream behind the whole service. */
class RelayHttpIT {

    private final AtomicInteger sessions = new AtomicInteger();
    private volatile String session = "none";

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
                            "{\"tools\":[{\"name\":\"hit\",\"inputSchema\":{\"type\":\"object\"}}]}"));
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
            assertThat(sessions).hasValue(2);
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
