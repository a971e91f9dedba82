package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.relay.AttachedUpstreams;
import io.springline.relay.Upstreams;
import io.springline.relay.upstream.UpstreamView;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Credentials of servers that attach, and the names that these allow. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {
            "springline.auth.tokens[0].name=alice",
            "springline.auth.tokens[0].hash=sha256:965b04f03a8200d4bff70f6df635c1d4d3e9c9a1d164d415efc95b9304bfbaf2",
            "springline.attach.tokens[0].name=team",
            "springline.attach.tokens[0].hash=sha256:fbe36ada625229ae586946363292f9e66b959527901e26cf646e4b37e47e2c1a",
            "springline.attach.tokens[0].names=team-*",
            "springline.attach.tokens[1].name=lamp",
            "springline.attach.tokens[1].hash=sha256:5091ee438e684e42ab7f34f6be931e2fb532fb024822cefd949b8c2526e4f673",
            "springline.attach.tokens[1].names=lamp",
            "springline.attach.tokens[1].profile=device",
            "springline.attach.tokens[2].name=all",
            "springline.attach.tokens[2].hash=sha256:68f463dd43c67dd6093d60a423142c447ff7ae5ca50671efb7da9cdba2e13b83",
            "springline.attach.tokens[3].name=gone",
            "springline.attach.tokens[3].hash=sha256:b3a5daace9a558611eeaea3dfb428a5c3061c7ad13a46e80f2bf089c4edc199b",
            "springline.attach.tokens[4].name=many",
            "springline.attach.tokens[4].hash=sha256:c8d29d455537c76da87f2bc486c2bb4cf4dcd0f5dd7dbc6782893ce790733efc",
            "springline.attach.tokens[5].name=fan",
            "springline.attach.tokens[5].hash=sha256:6691cd7e83b287af95dcf2151df6b4dc459c31a2a6944ae734f3c75f7a4f6a50",
            "springline.attach.tokens[5].names=fan",
            "springline.attach.tokens[6].name=other-fan",
            "springline.attach.tokens[6].hash=sha256:84eafecbab60583cf0dd79304e152cf3c6e6f688ce26288c1d6ec816a55fae62",
            "springline.attach.tokens[6].names=fan",
            "springline.attach.connection-rate-per-token=1000/s",
            "springline.attach.max-servers-per-token=3",
            "springline.attach.grace=1s",
            "springline.attach.max-connects-per-minute=5",
            "logging.level.io.springline=debug"
        })
@ExtendWith(OutputCaptureExtension.class)
class AttachTokensIT {

    static final String TEAM = "team-token-0123456789";
    static final String LAMP = "lamp-token-0123456789";
    static final String ALL = "all-token-0123456789";
    static final String GONE = "gone-token-0123456789";
    static final String MANY = "many-token-0123456789";
    static final String ALICE = "alice-token-0123456789";

    @LocalServerPort int port;

    @Autowired Upstreams upstreams;

    @Autowired AttachedUpstreams attached;

    /** Names of an earlier test count for their token until the grace ends; a device keeps its. */
    @BeforeEach
    void onlyTheDeviceHasAName() {
        await().until(() -> attached.all().stream().allMatch(each -> each.name().equals("lamp")));
    }

    @ParameterizedTest
    @CsvSource({
        "'', 401",
        "?token=nonsense, 401",
        "?token=alice-token-0123456789, 401",
        "?token=team-token-0123456789&token=lamp-token-0123456789, 401",
        "?token=team-token-0123456789&name=other, 403",
        "?token=team-token-0123456789&name=team-1%2F..%2Fx, 400",
        "?token=all-token-0123456789&name=attach, 409",
        "?token=all-token-0123456789&name=fan, 409",
        "?token=fan-token-0123456789, 101",
        "?token=fan2-token-0123456789, 101",
        "?token=team-token-0123456789&name=team-1, 101"
    })
    void answersAHandshake(String query, int status) throws Exception {
        try (var socket = new RawSocket(port, "/mcp/attach" + query)) {
            assertThat(socket.status()).isEqualTo(status);
        }
    }

    @Test
    void aTokenOfAServerIsNoneOfAClient() throws Exception {
        try (var socket = new RawSocket(port, "/mcp?token=" + TEAM)) {
            assertThat(socket.status()).isEqualTo(401);
        }
    }

    @Test
    void aNameBelongsToTheTokenThatHasIt(CapturedOutput output) throws Exception {
        try (var agent = TestAgent.echo(uri("?name=team-7&token=" + TEAM), "seven", "count")) {
            await().until(() -> isUp("team-7"));
            try (var socket = new RawSocket(port, "/mcp/attach?name=team-7&token=" + ALL)) {
                assertThat(socket.status()).isEqualTo(409);
            }
            assertThat(agent.closed()).isNotDone();
        }
        assertThat(output.getAll()).contains("team-7").doesNotContain(TEAM).doesNotContain(ALL);
    }

    @Test
    void theOnlyNameOfATokenIsForItsServerAlone() throws Exception {
        try (var agent = TestAgent.echo(uri("?token=" + ALL), "fan", "count")) {
            await().until(() -> isUp("fan-2"));
            assertThat(isUp("fan")).isFalse();
            assertThat(agent.closed()).isNotDone();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "?token=@, '', 101",
        "?token=%40@, '', 401",
        "'', Authorization: Bearer @, 101",
        "'', 'Sec-WebSocket-Protocol: mcp, mcp.auth.@', 101",
        "?token=@&name=other, '', 403",
        "?token=@x, '', 401",
        "'', Authorization: Bearer x@, 401"
    })
    void writesNoTokenToALog(String query, String header, int status, CapturedOutput output)
            throws Exception {
        String path = "/mcp/attach" + query.replace("@", TEAM);
        String line = header.isEmpty() ? "X-None: 1" : header.replace("@", TEAM);
        try (var socket = new RawSocket(port, path, line)) {
            assertThat(socket.status()).isEqualTo(status);
            if (status == 101) {
                assertThat(socket.read().text()).contains("initialize");
            }
        }
        assertThat(output.getAll()).doesNotContain("team-token");
    }

    @Test
    void aDeviceGetsShortMessagesOneAtATimeAndKeepsItsName() throws Exception {
        var device = new TestAgent(uri("?token=" + LAMP), "ESP", "blink", call -> null);
        await().until(() -> isUp("lamp"));
        try (var client =
                SocketPeer.connect(
                        "ws://127.0.0.1:%d/mcp/lamp".formatted(port),
                        Map.of("Authorization", "Bearer " + ALICE),
                        "mcp")) {
            client.initialize("2025-11-25", "{}");
            client.send(call(1, ",\"_meta\":{\"progressToken\":\"p\"}", ""));
            client.send(call(2, "", ""));
            JsonNode first = device.call();
            assertThat(first.at("/params/_meta").isMissingNode()).isTrue();
            assertThat(device.hasCall()).isFalse();
            device.answer(first.get("id"), done());
            JsonNode second = device.call();
            assertThat(second.get("id").asInt()).isGreaterThan(first.get("id").asInt());
            device.answer(second.get("id"), done());
            assertThat(answer(client).get("id").asInt() + answer(client).get("id").asInt())
                    .as("1 and 2, in any order")
                    .isEqualTo(3);
            client.send(call(3, "", "x".repeat(1_024)));
            assertThat(answer(client).toString()).contains("the device takes no more than 1024");
            device.cut();
            await().until(() -> !isUp("lamp"));
            await().during(2, TimeUnit.SECONDS)
                    .until(() ->
                            upstreams.all().stream().anyMatch(each -> each.name().equals("lamp")));
        }
    }

    /** Some devices take URLs of 64 characters and heads of 512 bytes, and compare case. */
    @Test
    void answersADeviceWithAShortHandshake() throws Exception {
        String path = "/mcp/attach?token=" + LAMP;
        assertThat(path.length()).isLessThanOrEqualTo(64);
        try (var device = new RawSocket(port, path)) {
            assertThat(device.status()).isEqualTo(101);
            assertThat(device.response())
                    .contains("\r\nSec-WebSocket-Accept: ")
                    .hasSizeLessThanOrEqualTo(512);
        }
    }

    @Test
    void leavesNamesToOtherTokensIfOneTakesItsShare() throws Exception {
        try (var one = TestAgent.echo(uri("?name=m-1&token=" + MANY), "m", "count");
                var two = TestAgent.echo(uri("?name=m-2&token=" + MANY), "m", "count");
                var three = TestAgent.echo(uri("?name=m-3&token=" + MANY), "m", "count")) {
            await().until(() -> isUp("m-1") && isUp("m-2") && isUp("m-3"));
            try (var four = TestAgent.echo(uri("?name=m-4&token=" + MANY), "m", "count");
                    var other = TestAgent.echo(uri("?name=team-9&token=" + TEAM), "t", "count")) {
                assertThat(four.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1013);
                await().until(() -> isUp("team-9"));
                assertThat(other.closed()).isNotDone();
            }
            assertThat(one.closed()).isNotDone();
            assertThat(two.closed()).isNotDone();
            assertThat(three.closed()).isNotDone();
        }
    }

    @Test
    void revokesATokenAndClosesTheConnectionsOfItsServers() throws Exception {
        String query = "?name=former&token=" + GONE;
        try (var agent = TestAgent.echo(uri(query), "former", "count");
                var other = TestAgent.echo(uri("?name=other&token=" + ALL), "other", "count")) {
            await().until(() -> isUp("former") && isUp("other"));
            assertThat(attached.revoke("nobody")).isFalse();
            assertThat(attached.revoke("gone")).isTrue();
            assertThat(agent.closed().get(60, TimeUnit.SECONDS)).isEqualTo(4401);
            await().until(() ->
                    upstreams.all().stream().noneMatch(each -> each.name().equals("former")));
            try (var socket = new RawSocket(port, "/mcp/attach" + query)) {
                assertThat(socket.status()).isEqualTo(401);
            }
            assertThat(other.closed()).isNotDone();
        }
    }

    @Test
    void holdsOffAServerThatAttachesTooOftenAndNoOther() throws Exception {
        String query = "?name=team-flaps&token=" + TEAM;
        for (int n = 0; n < 5; n++) {
            try (var _ = TestAgent.echo(uri(query), "flaps", "count")) {
                await().until(() -> isUp("team-flaps"));
            }
            await().until(() -> !isUp("team-flaps"));
        }
        try (var last = TestAgent.echo(uri(query), "flaps", "count")) {
            assertThat(last.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1013);
        }
        try (var socket = new RawSocket(port, "/mcp/attach" + query)) {
            assertThat(socket.status()).isEqualTo(429);
            assertThat(socket.response()).containsPattern("Retry-After: [1-9]");
        }
        try (var agent = TestAgent.echo(uri(query + "&resume=1"), "flaps", "count")) {
            // it might have resumed its session
            assertThat(agent.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1013);
            assertThat(agent.received())
                    .extracting(each -> each.path("method").asString(""))
                    .doesNotContain("initialize");
        }
        try (var _ = TestAgent.echo(uri("?name=team-calm&token=" + TEAM), "calm", "count")) {
            await().until(() -> isUp("team-calm"));
        }
    }

    @Test
    void listsPingsAndDisconnectsServersForOperators() throws Exception {
        try (var agent = TestAgent.echo(uri("?name=seen&token=" + ALL), "seen", "count")) {
            await().until(() -> isUp("seen"));
            var view =
                    attached.all().stream()
                            .filter(each -> each.name().equals("seen"))
                            .findFirst()
                            .orElseThrow();
            assertThat(view.token()).isEqualTo("all");
            assertThat(view.address()).startsWith("127.0.0.1");
            assertThat(view.state()).isEqualTo(AttachedUpstreams.State.ONLINE);
            assertThat(attached.refresh("seen")).isTrue();
            assertThat(attached.ping("seen")).isNotNull();
            agent.stopAnsweringPings();
            assertThat(attached.ping("seen")).isNull();
            assertThat(attached.disconnect("seen")).isTrue();
            assertThat(agent.closed().get(60, TimeUnit.SECONDS)).isEqualTo(1012);
        }
        assertThat(attached.ping("nobody")).isNull();
    }

    /** Announcements that a list has changed may come before it. */
    private static JsonNode answer(SocketPeer client) throws InterruptedException {
        JsonNode next = client.receive();
        while (next.has("method")) {
            next = client.receive();
        }
        return next;
    }

    private static String call(int id, String meta, String text) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"blink","arguments":{"text":"%s"}%s}}
        """
                .formatted(id, text, meta);
    }

    private static ObjectNode done() {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.putArray("content");
        return result;
    }

    private String uri(String query) {
        return "ws://127.0.0.1:%d/mcp/attach%s".formatted(port, query);
    }

    private boolean isUp(String name) {
        return upstreams.all().stream()
                .filter(each -> each.name().equals(name))
                .map(UpstreamView::state)
                .anyMatch("up"::equals);
    }
}
