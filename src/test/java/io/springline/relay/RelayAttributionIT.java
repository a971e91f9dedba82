package io.springline.relay;

import static io.springline.relay.ScriptedServer.CALL;
import static io.springline.relay.ScriptedServer.LINE;
import static io.springline.relay.ScriptedServer.tool;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.relay.upstream.UpstreamView;
import io.springline.testing.SocketPeer;
import java.util.ArrayList;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** Whom an upstream's log messages and questions reach. */
class RelayAttributionIT {

    private static final String LOG =
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"error\",\"data\":\"secret of the first\"}}";
    private static final String QUESTION =
            "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"elicitation/create\",\"params\":{\"message\":\"Password of the first?\",\"requestedSchema\":{\"type\":\"object\",\"properties\":{}}}}";

    private static ConfigurableApplicationContext service;
    private static final BlockingQueue<TestHttpUpstream.Asked> held = new LinkedBlockingQueue<>();
    private static final BlockingQueue<TestHttpUpstream.Asked> answered =
            new LinkedBlockingQueue<>();
    private static final CountDownLatch stopped = new CountDownLatch(1);
    private static TestHttpUpstream web;

    @BeforeAll
    static void start() throws Exception {
        web = new TestHttpUpstream(RelayAttributionIT::answerOverHttp);
        var arguments = new ArrayList<String>();
        arguments.add("--server.port=0");
        arguments.addAll(lateServer().upstream("shared"));
        arguments.addAll(lateServer().upstream("own"));
        arguments.add("--springline.relay.upstreams.own.mode=per-session");
        arguments.add("--springline.relay.upstreams.web.url=" + web.url());
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(arguments.toArray(String[]::new));
        await().until(() ->
                service.getBean(Upstreams.class).all().stream().allMatch(each -> each.tools() > 0));
    }

    @AfterAll
    static void stop() {
        stopped.countDown();
        service.close();
        web.close();
    }

    /** What the tool "late" begins goes on while "hold" runs, which ends with what was answered. */
    private static ScriptedServer lateServer() {
        return ScriptedServer.legacy()
                .tools("late", "hold")
                .result(tool("late"), "{\"content\":[]}")
                .on(tool("hold"), LOG, QUESTION)
                .on("\"id\":\"q\"", response(CALL, text(LINE)));
    }

    /** The same, said on the stream that belongs to no request. */
    private static void answerOverHttp(TestHttpUpstream.Asked asked) throws Exception {
        switch (asked.verb() + " " + asked.method()) {
            case "GET " -> {
                TestHttpUpstream.Events events = asked.events();
                held.take();
                events.data(LOG).data(QUESTION);
                stopped.await();
            }
            case "POST initialize" ->
                    asked.result(
                            "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"t\",\"version\":\"1\"}}");
            case "POST tools/list" ->
                    asked.result(
                            "{\"tools\":[{\"name\":\"hold\",\"inputSchema\":{\"type\":\"object\"}}]}");
            case "POST tools/call" -> {
                held.add(asked);
                asked.result(text(answered.take().body().toString().replace('"', '\'')));
            }
            case "POST " -> {
                answered.add(asked);
                asked.status(202);
            }
            case "POST server/discover" -> asked.status(404);
            default -> asked.status(asked.verb().equals("POST") ? 202 : 405);
        }
    }

    private static String response(String id, String result) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}".formatted(id, result);
    }

    private static String text(String text) {
        return "{\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}".formatted(text);
    }

    private static SocketPeer client(String endpoint) throws InterruptedException {
        String port = service.getEnvironment().getProperty("local.server.port");
        SocketPeer peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp/" + endpoint);
        peer.initialize("2025-11-25", "{\"elicitation\":{},\"sampling\":{},\"roots\":{}}");
        peer.ask(
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"logging/setLevel\",\"params\":{\"level\":\"debug\"}}");
        return peer;
    }

    private static String call(int id, String tool) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\"}}"
                .formatted(id, tool);
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared", "web"})
    void doesNotGuessTheClientOfASharedUpstream(String upstream) throws Exception {
        try (var first = client(upstream);
                var second = client(upstream)) {
            if (upstream.equals("shared")) {
                first.ask(call(1, "late"));
            }
            second.send(call(1, "hold"));
            JsonNode answer = second.receive();
            assertThat(answer.get("id").asInt()).as(answer.toString()).isEqualTo(1);
            assertThat(answer.at("/result/content/0/text").asString())
                    .contains("is shared by all clients", "mode: per-session");
        }
        assertThat(view(upstream).trouble()).contains("elicitation/create", "mode: per-session");
        assertThat(view(upstream).state()).isEqualTo("up");
    }

    @Test
    void passesEverythingToTheSessionThatOwnsTheUpstream() throws Exception {
        try (var other = client("own");
                var owner = client("own")) {
            other.send(call(1, "hold"));
            assertThat(other.receive().toString()).contains("secret of the first");
            owner.send(call(1, "hold"));
            assertThat(owner.receive().at("/params/data").asString())
                    .isEqualTo("secret of the first");
            JsonNode question = owner.receive();
            assertThat(question.at("/method").asString()).isEqualTo("elicitation/create");
            owner.send(response(question.get("id").toString(), "{\"action\":\"decline\"}"));
            assertThat(owner.receive().toString()).contains("decline");
        }
    }

    private static UpstreamView view(String name) {
        return service.getBean(Upstreams.class).all().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
