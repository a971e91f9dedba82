package io.springline.ops.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.ops.actuator.ConnectionList;
import io.springline.ops.actuator.TrafficLog;
import io.springline.testing.CborPeer;
import io.springline.testing.Http;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;
import org.springframework.web.socket.server.support.WebSocketHandlerMapping;
import org.springframework.web.socket.server.support.WebSocketHttpRequestHandler;
import tools.jackson.databind.JsonNode;

/** What the console reads and does, without a browser. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        // a context of its own: one that was paused for other tests has drained
        properties = "springline.server.name=console-api")
class ConsoleApiIT {

    private static final String CONNECTIONS = "/console/api/connections";

    @LocalServerPort int port;
    @Autowired History history;

    /** A WebSocket of the application's own, which is none of the console's. */
    @TestConfiguration
    static class Beside {

        @Bean
        WebSocketHandlerMapping ownSocket() {
            var mapping = new WebSocketHandlerMapping();
            mapping.setUrlMap(
                    Map.of(
                            "/own",
                            new WebSocketHttpRequestHandler(new AbstractWebSocketHandler() {})));
            return mapping;
        }
    }

    private final List<SocketPeer> peers = new ArrayList<>();

    private SocketPeer connect(String client) {
        var peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp");
        peers.add(peer);
        peer.send(
                """
                {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"%s","version":"1"}}}\
                """
                        .formatted(client));
        return peer;
    }

    private JsonNode get(String path) throws Exception {
        return McpPeer.JSON.readTree(Http.send(port, "GET", path).body());
    }

    private int status(String method, String path) throws Exception {
        return Http.send(port, method, path).statusCode();
    }

    private String idOf(String client) throws Exception {
        await().until(() -> get(CONNECTIONS + "?filter=" + client).get("matching").asInt() == 1);
        return get(CONNECTIONS + "?filter=" + client).at("/connections/0/id").asString();
    }

    @AfterEach
    void everybodyLeaves() {
        peers.forEach(SocketPeer::close);
        await().until(() -> get("/actuator/connections").get("connections").isEmpty());
        await().until(() -> get(CONNECTIONS).get("total").asInt() == 0);
    }

    @Test
    void connectionsComeByPagesInTheOrderAskedFor() throws Exception {
        for (int i = 0; i < ConnectionList.PAGE_SIZE + 10; i++) {
            connect("client-" + i).receive();
        }
        SocketPeer talker = connect("talker");
        for (int i = 0; i < 5; i++) {
            talker.ask("{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/list\"}".formatted(i));
        }
        await().until(() -> get(CONNECTIONS).get("total").asInt() == ConnectionList.PAGE_SIZE + 11);
        JsonNode first = get(CONNECTIONS + "?order=messages");
        assertThat(first.at("/connections/0/client/name").asString()).isEqualTo("talker");
        assertThat(first.get("connections")).hasSize(ConnectionList.PAGE_SIZE);
        assertThat(first.get("pages").asInt()).isEqualTo(2);
        JsonNode beyond = get(CONNECTIONS + "?order=messages&page=99");
        assertThat(beyond.get("page").asInt()).isEqualTo(1);
        assertThat(beyond.get("connections")).hasSize(11);
        assertThat(get(CONNECTIONS + "?filter=CLIENT-5").get("matching").asInt()).isEqualTo(11);
        assertThat(get(CONNECTIONS + "?order=oldest").at("/connections/0/client/name").asString())
                .isEqualTo("client-0");
    }

    @Test
    void trafficIsLoggedFromOnUntilOff() throws Exception {
        SocketPeer peer = connect("watched");
        peer.receive();
        String traffic = "/actuator/connections/" + idOf("watched") + "/traffic";
        assertThat(status("GET", traffic)).isEqualTo(404);
        assertThat(status("PUT", traffic)).isEqualTo(204);
        peer.ask(
                "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"ping\",\"params\":{\"token\":\"hush\"}}");
        await().until(() -> get(traffic).get("lines").size() == 2);
        JsonNode lines = get(traffic).get("lines");
        assertThat(lines.at("/0/direction").asString()).isEqualTo("RECEIVED");
        assertThat(lines.at("/0/method").asString()).isEqualTo("ping");
        assertThat(lines.at("/0/id").asString()).isEqualTo("\"q\"");
        assertThat(lines.at("/1/direction").asString()).isEqualTo("SENT");
        assertThat(lines.at("/1/method").asString()).isEqualTo("result");
        assertThat(lines.toString()).doesNotContain("hush");
        assertThat(status("DELETE", traffic)).isEqualTo(204);
        assertThat(status("GET", traffic)).isEqualTo(404);
        peer.ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
        assertThat(status("PUT", traffic)).isEqualTo(204);
        assertThat(get(traffic).get("lines")).isEmpty();
    }

    @Test
    void showsTheTrafficOfABinaryConnection() throws Exception {
        try (var peer = new CborPeer("ws://127.0.0.1:" + port + "/mcp")) {
            peer.ask(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"binary","version":"1"}}}\
                    """);
            String traffic = "/actuator/connections/" + idOf("binary") + "/traffic";
            assertThat(status("PUT", traffic)).isEqualTo(204);
            String ping = "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"ping\",\"params\":{}}";
            peer.ask(ping);
            await().until(() -> get(traffic).get("lines").size() == 2);
            JsonNode lines = get(traffic).get("lines");
            assertThat(lines.at("/0/text").asString()).isEqualTo(ping);
            assertThat(lines.at("/0/method").asString()).isEqualTo("ping");
            assertThat(lines.at("/0/bytes").asInt()).isLessThan(ping.length());
            assertThat(lines.at("/1/method").asString()).isEqualTo("result");
            peer.sendBytes(new byte[] {(byte) 0xff});
            await().until(() -> get(traffic).get("lines").size() == 4);
            assertThat(get(traffic).at("/lines/2/text").asString())
                    .isEqualTo("\"a simple value that JSON does not have\"");
        }
    }

    @Test
    void keepsAWatchedConnectionThatSendsAnEmptyMessage() throws Exception {
        SocketPeer peer = connect("empty");
        peer.receive();
        String traffic = "/actuator/connections/" + idOf("empty") + "/traffic";
        assertThat(status("PUT", traffic)).isEqualTo(204);
        peer.send("");
        peer.send(" \n");
        peer.ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}");
        await().until(() -> get(traffic).get("lines").size() == 4);
    }

    @Test
    void noMoreThanSoManyAreWatchedAndTheDepartedMakeRoom() throws Exception {
        for (int i = 0; i < TrafficLog.MAX_CONNECTIONS + 1; i++) {
            connect("w%02dx".formatted(i)).receive();
        }
        for (int i = 0; i < TrafficLog.MAX_CONNECTIONS; i++) {
            assertThat(status("PUT", CONNECTIONS + "/" + idOf("w%02dx".formatted(i)) + "/traffic"))
                    .isEqualTo(204);
        }
        String last =
                CONNECTIONS
                        + "/"
                        + idOf("w%02dx".formatted(TrafficLog.MAX_CONNECTIONS))
                        + "/traffic";
        assertThat(status("PUT", last)).isEqualTo(409);
        peers.getFirst().close();
        await().until(() -> status("PUT", last) == 204);
        for (SocketPeer peer : peers) {
            peer.close();
        }
    }

    @Test
    void aClientThatClosesItsSocketIsNoErrorAnywhere() throws Exception {
        long before = errors();
        SocketPeer peer = connect("cut");
        peer.receive();
        String id = idOf("cut");
        peer.cut();
        await().until(() -> status("GET", "/actuator/connections/" + id) == 404);
        history.step();
        assertThat(errors()).isEqualTo(before);
        assertThat(history.all()).allMatch(point -> point.errors() == 0);
        await().until(() ->
                get("/console/api/overview").get("closes").toString().contains("\"peer\""));
        peer = connect("wrong");
        peer.receive();
        peer.ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"no/such\"}");
        await().until(() -> errors() == before + 1);
        history.step();
        assertThat(history.all()).anyMatch(point -> point.errors() > 0);
        await().until(() ->
                get("/console/api/overview").get("errors").toString().contains("-32601"));
    }

    private long errors() throws Exception {
        return get("/actuator/health/mcp").at("/details/errors").asLong();
    }

    @Test
    void theHistoryTakesNoMoreThanItsFifteenMinutes() throws Exception {
        SocketPeer peer = connect("counted");
        peer.receive();
        peer.ask("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}");
        history.step();
        JsonNode points = get("/console/api/overview").get("history");
        JsonNode last = points.get(points.size() - 1);
        assertThat(last.get("p99").isNull()).as("a request was counted").isFalse();
        for (int i = 0; i < 2 * History.POINTS; i++) {
            history.step();
        }
        assertThat(history.all()).hasSize(History.POINTS);
        History.Point newest = history.all().getLast();
        assertThat(newest.p99()).as("no request since").isNull();
        await().untilAsserted(() -> {
            JsonNode news =
                    get("/console/api/overview?after=" + (newest.number() - 1)).get("history");
            assertThat(news.size()).isBetween(1, 5);
            assertThat(news.at("/0/number").asLong()).isEqualTo(newest.number());
        });
    }
}
