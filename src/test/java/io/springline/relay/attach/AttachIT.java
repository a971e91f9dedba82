package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.relay.Upstreams;
import io.springline.relay.upstream.UpstreamView;
import io.springline.testing.RawSocket;
import io.springline.testing.SocketPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Servers that attach to a service without credentials. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {
            "springline.attach.enabled=true",
            "springline.attach.connection-rate-per-token=1000/s",
            "springline.attach.grace=3s",
            "springline.attach.max-connects-per-minute=1000",
            "springline.attach.probe-interval=500ms",
            "springline.attach.timeout=2s"
        })
@DirtiesContext
class AttachIT {

    /** For how many seconds two servers with one name are kept. */
    private static final int TWINS = Integer.getInteger("attach.twins", 0);

    @LocalServerPort int port;

    @Autowired Upstreams upstreams;

    /** Names of an earlier test are given up after the grace. */
    @BeforeEach
    void nobodyIsAttached() {
        await().until(() -> upstreams.all().isEmpty());
    }

    private TestAgent attach(String query, String serverName, String tool) {
        return TestAgent.echo(
                "ws://127.0.0.1:%d/mcp/attach%s".formatted(port, query), serverName, tool);
    }

    /** Connects as soon as the endpoint is there: a server has just attached. */
    private SocketPeer client(String path) throws InterruptedException {
        String url = "ws://127.0.0.1:%d%s".formatted(port, path);
        SocketPeer peer =
                await().ignoreExceptions().until(() -> SocketPeer.connect(url), Objects::nonNull);
        peer.initialize("2025-11-25", "{}");
        return peer;
    }

    private static JsonNode ask(SocketPeer client, String json) throws InterruptedException {
        client.send(json);
        JsonNode next = client.receive();
        while (next.path("method").asString("").endsWith("list_changed")) {
            next = client.receive();
        }
        return next;
    }

    private static List<String> tools(SocketPeer client) throws InterruptedException {
        JsonNode list = ask(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
        var names = new ArrayList<String>();
        list.at("/result/tools").forEach(tool -> names.add(tool.path("name").asString("")));
        return names;
    }

    private static JsonNode call(SocketPeer client, String tool) throws InterruptedException {
        return ask(
                client,
                """
                {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"%s","arguments":{}}}
                """
                        .formatted(tool));
    }

    private static String text(JsonNode answer) {
        return answer.at("/result/content/0/text").asString("");
    }

    private static boolean isServed(JsonNode answer) {
        return text(answer).contains(" ran ");
    }

    private void awaitUp(String... names) {
        await().until(() ->
                upstreams.all().stream()
                        .filter(each -> each.state().equals("up") && each.tools() == 1)
                        .map(UpstreamView::name)
                        .toList()
                        .containsAll(List.of(names)));
    }

    private void awaitNobodyUp() {
        await().until(() -> upstreams.all().stream().noneMatch(each -> each.state().equals("up")));
    }

    @Test
    void servesTheToolsOfAnAttachedServer() throws Exception {
        try (var agent = attach("", "My Git!", "commit");
                var everything = client("/mcp")) {
            awaitUp("my-git");
            await().until(() -> tools(everything).contains("commit"));
            assertThat(text(call(everything, "commit"))).isEqualTo("My Git! ran commit");
            try (var alone = client("/mcp/my-git")) {
                assertThat(tools(alone)).containsExactly("commit");
                assertThat(text(call(alone, "commit"))).isEqualTo("My Git! ran commit");
            }
            assertThat(agent.received())
                    .filteredOn(message -> message.has("method") && message.has("id"))
                    .allMatch(request -> request.get("id").isInt());
        }
    }

    @Test
    void failsCallsAtOnceWhileAServerIsAwayAndThenRemovesItsTools() throws Exception {
        try (var client = client("/mcp")) {
            var agent = attach("?name=git", "git", "commit");
            awaitUp("git");
            await().until(() -> tools(client).contains("commit"));
            agent.cut();
            awaitNobodyUp();
            JsonNode answer = call(client, "commit");
            assertThat(answer.at("/result/isError").asBoolean()).as("%s", answer).isTrue();
            assertThat(text(answer)).contains("'git' is offline since");
            await().until(() -> !tools(client).contains("commit"));
        }
    }

    @Test
    void theSameInstanceReplacesItsOldConnection() throws Exception {
        try (var old = attach("?name=git&instance=7", "git", "commit")) {
            awaitUp("git");
            try (var next = attach("?name=git&instance=7", "git", "commit")) {
                assertThat(old.closed().get(60, TimeUnit.SECONDS)).isEqualTo(4409);
                awaitUp("git");
                assertThat(upstreams.all()).hasSize(1);
                try (var client = client("/mcp/git")) {
                    assertThat(text(call(client, "commit"))).isEqualTo("git ran commit");
                }
                assertThat(next.hasCall()).isTrue();
            }
        }
    }

    /** As the script {@code mcp_pipe.py} does with three servers. */
    @Test
    void namesServersOnOneUrlByWhatTheyCallThemselves() throws Exception {
        try (var calculator = attach("", "Calculator", "add");
                var dead = attach("", "My Weather App", "forecast");
                var git = attach("", "git", "commit");
                var client = client("/mcp")) {
            awaitUp("calculator", "my-weather-app", "git");
            await().until(() -> tools(client).containsAll(List.of("add", "forecast", "commit")));
            assertThat(text(call(client, "forecast"))).isEqualTo("My Weather App ran forecast");
            // its process has ended, and the script keeps the WebSocket open
            dead.stopAnswering();
            assertThat(dead.closed().get(60, TimeUnit.SECONDS)).isEqualTo(4408);
            await().until(() ->
                    upstreams.all().stream()
                            .noneMatch(each ->
                                    each.name().equals("my-weather-app")
                                            && each.state().equals("up")));
            try (var _ = attach("", "My Weather App", "forecast")) {
                awaitUp("calculator", "my-weather-app", "git");
                await().until(() -> isServed(call(client, "forecast")));
                assertThat(text(call(client, "add"))).isEqualTo("Calculator ran add");
            }
            assertThat(calculator.closed()).isNotDone();
            assertThat(git.closed()).isNotDone();
        }
    }

    /** {@code -Dattach.twins=600} keeps both for ten minutes. */
    @Test
    void twoServersWithOneNameBothStay() throws Exception {
        try (var first = attach("?name=git", "git", "commit")) {
            awaitUp("git");
            try (var second = attach("?name=git", "git", "commit")) {
                awaitUp("git", "git-2");
                assertThat(first.closed()).isNotDone();
                try (var client = client("/mcp")) {
                    await().until(() -> tools(client).contains("git-2_commit"));
                    assertThat(text(call(client, "git-2_commit"))).isEqualTo("git ran commit");
                    assertThat(second.hasCall()).isTrue();
                    assertThat(first.hasCall()).isFalse();
                    long end = System.nanoTime() + Duration.ofSeconds(TWINS).toNanos();
                    await().atMost(Duration.ofSeconds(TWINS).plusMinutes(1))
                            .pollInterval(Duration.ofMillis(200))
                            .until(() -> {
                                assertThat(isServed(call(client, "git-2_commit"))).isTrue();
                                assertThat(isServed(call(client, "git_commit"))).isTrue();
                                return System.nanoTime() - end > 0;
                            });
                    assertThat(first.closed()).isNotDone();
                    assertThat(second.closed()).isNotDone();
                }
            }
        }
    }

    @Test
    void aServerThatNoLongerAnswersPingsIsClosedAndReplaced() throws Exception {
        try (var zombie =
                new TestAgent(
                        "ws://127.0.0.1:%d/mcp/attach?name=git".formatted(port),
                        "git",
                        "commit",
                        call -> null)) {
            awaitUp("git");
            zombie.stopAnsweringPings();
            try (var _ = attach("?name=git", "git", "commit")) {
                assertThat(zombie.closed().get(60, TimeUnit.SECONDS)).isIn(4408, 4409);
                awaitUp("git");
            }
        }
    }

    @Test
    void aCallInFlightIsToldThatItsOutcomeIsUnknownAndNeverRunsTwice() throws Exception {
        try (var client = client("/mcp")) {
            var agent =
                    new TestAgent(
                            "ws://127.0.0.1:%d/mcp/attach?name=git".formatted(port),
                            "git",
                            "commit",
                            call -> null);
            awaitUp("git");
            await().until(() -> tools(client).contains("commit"));
            client.send(
                    """
                    {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"commit","arguments":{}}}
                    """);
            agent.call();
            agent.cut();
            try (var next = attach("?name=git", "git", "commit")) {
                JsonNode answer = client.receive();
                while (answer.has("method")) {
                    answer = client.receive();
                }
                assertThat(answer.at("/error/code").asInt()).isEqualTo(-32603);
                awaitUp("git");
                assertThat(next.hasCall()).isFalse();
            }
        }
    }

    @Test
    void aServerThatFloodsLiesAndAnswersForOthersCostsTheOthersNothing() throws Exception {
        try (var git =
                        new TestAgent(
                                "ws://127.0.0.1:%d/mcp/attach?name=git".formatted(port),
                                "git",
                                "commit",
                                call -> null);
                var liar = attach("?name=liar", "git", "commit");
                var client = client("/mcp/git")) {
            awaitUp("git", "liar");
            client.send(
                    """
                    {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"commit","arguments":{}}}
                    """);
            JsonNode call = git.call();
            ObjectNode stolen = JsonNodeFactory.instance.objectNode();
            stolen.putArray("content").addObject().put("type", "text").put("text", "stolen");
            liar.answer(call.get("id"), stolen);
            for (int n = 0; n < 2_000; n++) {
                liar.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}");
                liar.send("{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{}}".formatted(n));
            }
            ObjectNode honest = JsonNodeFactory.instance.objectNode();
            honest.putArray("content").addObject().put("type", "text").put("text", "honest");
            git.answer(call.get("id"), honest);
            JsonNode answer = client.receive();
            while (answer.has("method")) {
                answer = client.receive();
            }
            assertThat(text(answer)).isEqualTo("honest");
            assertThat(git.closed()).isNotDone();
        }
    }

    @Test
    void invalidUtf8AndAnEndlessMessageCostOnlyTheServerThatSendsThem() throws Exception {
        byte[] invalid = {'"', (byte) 0xc3, (byte) 0x28, '"'};
        byte[] long5 = new byte[5 << 20];
        Arrays.fill(long5, (byte) 'x');
        try (var git = attach("?name=git", "git", "commit");
                var client = client("/mcp/git")) {
            awaitUp("git");
            await().until(() -> tools(client).contains("commit"));
            assertThat(text(call(client, "commit"))).isEqualTo("git ran commit");
            assertClosed(1007, bad -> bad.sendRaw(frame(RawSocket.TEXT, invalid)));
            assertThat(text(call(client, "commit"))).isEqualTo("git ran commit");
            assertClosed(
                    1009, bad -> bad.sendRaw(Arrays.copyOf(frame(RawSocket.TEXT, long5), 1_000)));
            assertThat(text(call(client, "commit"))).isEqualTo("git ran commit");
            try (var binary = attach("?name=binary", "binary", "run")) {
                awaitUp("git", "binary");
                // a message that is not JSON: it is ignored
                binary.sendRaw(frame(RawSocket.BINARY, invalid));
                try (var other = client("/mcp/binary")) {
                    assertThat(text(call(other, "run"))).isEqualTo("binary ran run");
                }
            }
            assertThat(text(call(client, "commit"))).isEqualTo("git ran commit");
            assertThat(git.closed()).isNotDone();
        }
    }

    private static byte[] frame(int opcode, byte[] payload) {
        return RawSocket.frame(0x80 | opcode, payload);
    }

    /** A server sends something while a call of it runs, and is closed: the call ends. */
    private void assertClosed(int code, Consumer<TestAgent> sends) throws Exception {
        try (var bad =
                        new TestAgent(
                                "ws://127.0.0.1:%d/mcp/attach?name=bad".formatted(port),
                                "bad",
                                "run",
                                call -> null);
                var client = client("/mcp/bad")) {
            awaitUp("bad");
            await().until(() -> tools(client).contains("run"));
            client.send(
                    """
                    {"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"run","arguments":{}}}
                    """);
            bad.call();
            sends.accept(bad);
            assertThat(bad.closed().get(60, TimeUnit.SECONDS)).isEqualTo(code);
            JsonNode answer = client.receive();
            while (answer.has("method")) {
                answer = client.receive();
            }
            assertThat(answer.at("/error/data/reason").asString("")).isEqualTo("outcome-unknown");
        }
    }

    @Test
    void aServerThatSendsBadEntriesAndAnswersCostsOnlyThose() throws Exception {
        String result = "{'jsonrpc':'2.0','id':@ID,'result':";
        var replies =
                Map.of(
                        "initialize",
                        result
                                + "{'protocolVersion':7,'capabilities':{'tools':[],'resources':true,'prompts':{}},'serverInfo':'x'}}",
                        "tools/list",
                        result
                                + "{'tools':{'1':{'name':'tool','title':null,'inputSchema':null},'2':{'name':7},'3':'x'}}}",
                        "resources/list",
                        result
                                + "{'resources':[{'uri':'r://1','name':''},{'uri':'r://2','name':'n','size':1e400,'annotations':{'priority':1e400}}]}}",
                        "resources/templates/list",
                        "{'jsonrpc':'2.0','id':@ID,'result':{'a':1,'a':2}}",
                        "prompts/list",
                        result + "{'prompts':null}}",
                        "tools/call",
                        result + "{'content':{'type':'text','text':{'a':1}},'_meta':[]}}",
                        "resources/read",
                        "{'jsonrpc':'2.0','id':@ID,'result':{'contents':NaN}}",
                        "ping",
                        "{'id':@ID}");
        try (var git = attach("?name=git", "git", "commit");
                var _ =
                        TestAgent.scripted(
                                "ws://127.0.0.1:%d/mcp/attach?name=sloppy".formatted(port),
                                "sloppy",
                                replies);
                var client = client("/mcp/sloppy")) {
            awaitUp("git", "sloppy");
            await().until(() -> tools(client).equals(List.of("tool")));
            await().untilAsserted(() ->
                    assertThat(
                                    upstreams.all().stream()
                                            .filter(each -> each.name().equals("sloppy"))
                                            .findFirst()
                                            .orElseThrow()
                                            .warnings()
                                            .toString())
                            .contains(
                                    "its name is not a string",
                                    "its name is empty",
                                    "annotations.priority",
                                    "a duplicate key",
                                    "the result has no prompts"));
            assertThat(text(call(client, "tool"))).isEqualTo("{\"a\":1}");
            JsonNode read =
                    ask(
                            client,
                            "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"resources/read\",\"params\":{\"uri\":\"r://2\"}}");
            assertThat(read.at("/error/message").asString()).contains("invalid response");
            try (var other = client("/mcp/git")) {
                assertThat(text(call(other, "commit"))).isEqualTo("git ran commit");
            }
            assertThat(git.closed()).isNotDone();
        }
    }

    @Test
    void offersNoMoreToolsOfOneServerThanTheLimit() throws Exception {
        try (var _ =
                new TestAgent(
                        "ws://127.0.0.1:%d/mcp/attach?name=many".formatted(port),
                        "many",
                        "tool",
                        300,
                        call -> null)) {
            await().until(() ->
                    upstreams.all().stream()
                            .anyMatch(each ->
                                    each.name().equals("many")
                                            && each.tools() == 256
                                            && each.warnings().toString().contains("44 of 300")));
        }
    }

    @Test
    void aServerThatNeverAnswersCostsTheOthersNothing() throws Exception {
        var silent = SocketPeer.connect("ws://127.0.0.1:%d/mcp/attach".formatted(port));
        try (var _ = attach("?name=git", "git", "commit");
                var client = client("/mcp/git")) {
            awaitUp("git");
            assertThat(text(call(client, "commit"))).isEqualTo("git ran commit");
        } finally {
            silent.cut();
        }
    }

    @Test
    void aServerThatIsReplacedWhileItEndsNeverTakesTheNewOneWithIt() throws Exception {
        var agents = new ArrayList<TestAgent>();
        try {
            for (int i = 0; i < 30; i++) {
                agents.add(attach("?name=git&instance=7", "git", "commit"));
                if (i > 0) {
                    agents.get(i - 1).cut();
                }
                // the rate of one token
                int number = i;
                await().until(() -> !agents.get(number).received().isEmpty());
                Thread.sleep(200);
            }
            awaitUp("git");
            try (var client = client("/mcp/git")) {
                assertThat(text(call(client, "commit"))).isEqualTo("git ran commit");
            }
            assertThat(agents.getLast().hasCall()).isTrue();
        } finally {
            agents.forEach(TestAgent::close);
        }
    }
}
