package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.SocketPeer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Upstreams that run their tools as tasks, used by a client that knows no tasks. */
class UpstreamTaskIT {

    private static final String TASK = "'taskId':'up-1','createdAt':'x','lastUpdatedAt':'x'";

    private static final AtomicInteger POLLS = new AtomicInteger();
    private static final AtomicInteger UPDATES = new AtomicInteger();

    /** Of 2025-11-25; its tool runs as a task only. */
    private static final ScriptedHttpServer EXPERIMENTAL =
            new ScriptedHttpServer()
                    .result(
                            "initialize",
                            "{'protocolVersion':'2025-11-25','serverInfo':{'name':'d','version':'1'},"
                                    + "'capabilities':{'tools':{},'tasks':{'cancel':{},'requests':{'tools':{'call':{}}}}}}")
                    .result(
                            "tools/list",
                            "{'tools':[{'name':'render','inputSchema':{'type':'object'},'execution':{'taskSupport':'required'}},"
                                    + "{'name':'endless','inputSchema':{'type':'object'},'execution':{'taskSupport':'required'}}]}")
                    .reply(
                            "tools/call",
                            params ->
                                    params.path("task").isObject()
                                            ? "'result':{'task':{%s,'ttl':1000,'status':'working','statusMessage':'queued','pollInterval':100}}"
                                                    .formatted(
                                                            TASK.replace(
                                                                    "up-1",
                                                                    params.path("name").asString()))
                                            : "'error':{'code':-32601,'message':'only as a task'}")
                    .reply(
                            "tasks/get",
                            params ->
                                    "'result':{%s,'ttl':1000,'status':'%s','statusMessage':'page 1','pollInterval':100}"
                                            .formatted(
                                                    TASK,
                                                    params.path("taskId")
                                                                            .asString()
                                                                            .equals("endless")
                                                                    || POLLS.incrementAndGet() < 3
                                                            ? "working"
                                                            : "completed"))
                    .result(
                            "tasks/result",
                            "{'content':[{'type':'text','text':'42 pages'}],'_meta':{'io.modelcontextprotocol/related-task':{'taskId':'render'},'own':1}}");

    /** Of 2026-07-28, with the extension; its tool asks while it runs. */
    private static final ScriptedHttpServer EXTENSION =
            new ScriptedHttpServer()
                    .result(
                            "server/discover",
                            "{'resultType':'complete','supportedVersions':['2026-07-28'],'ttlMs':1,'cacheScope':'private',"
                                    + "'capabilities':{'tools':{},'extensions':{'io.modelcontextprotocol/tasks':{}}}}")
                    .result(
                            "tools/list",
                            "{'resultType':'complete','ttlMs':1,'cacheScope':'private','tools':[{'name':'ask','inputSchema':{'type':'object'}}]}")
                    .reply(
                            "tools/call",
                            params ->
                                    params.path("_meta")
                                                    .path(
                                                            "io.modelcontextprotocol/clientCapabilities")
                                                    .path("extensions")
                                                    .has("io.modelcontextprotocol/tasks")
                                            ? "'result':{'resultType':'task',%s,'ttlMs':1000,'status':'working','pollIntervalMs':100}"
                                                    .formatted(TASK)
                                            : "'error':{'code':-32021,'message':'only as a task'}")
                    .reply(
                            "tasks/get",
                            _ ->
                                    UPDATES.get() == 0
                                            ? "'result':{'resultType':'complete',%s,'ttlMs':1000,'status':'input_required','pollIntervalMs':100,'inputRequests':{'k-1':{'method':'elicitation/create','params':{'mode':'form','message':'Which size?','requestedSchema':{'type':'object','properties':{'size':{'type':'string'}}}}}}}"
                                                    .formatted(TASK)
                                            : "'result':{'resultType':'complete',%s,'ttlMs':1000,'status':'completed','result':{'content':[{'type':'text','text':'A4 it is'}]}}"
                                                    .formatted(TASK))
                    .reply(
                            "tasks/update",
                            _ -> {
                                UPDATES.incrementAndGet();
                                return "'result':{'resultType':'complete'}";
                            });

    private static RelayedService service;

    @BeforeAll
    static void start() throws Exception {
        service = new RelayedService(Map.of("d", EXPERIMENTAL, "m", EXTENSION));
        service.awaitState("d", "up");
        service.awaitState("m", "up");
    }

    @AfterAll
    static void stop() {
        if (service != null) {
            service.close();
        }
    }

    private static SocketPeer client() throws Exception {
        SocketPeer peer = service.connect("");
        peer.initialize("2025-06-18", "{\"elicitation\":{}}");
        await().until(() ->
                peer.ask("{\"jsonrpc\":\"2.0\",\"id\":\"l\",\"method\":\"tools/list\"}")
                        .at("/result/tools")
                        .findValuesAsString("name")
                        .containsAll(List.of("render", "endless", "ask")));
        return peer;
    }

    @Test
    void waitsForTheTaskOfAToolThatRunsOnlyAsOne() throws Exception {
        try (SocketPeer peer = client()) {
            JsonNode listed = peer.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"tools/list\"}");
            assertThat(listed.toString()).doesNotContain("taskSupport");
            peer.send(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"render","_meta":{"progressToken":"p"}}}\
                    """);
            JsonNode queued = peer.receive();
            assertThat(queued.at("/params/progressToken").asString()).isEqualTo("p");
            assertThat(queued.at("/params/message").asString()).isEqualTo("queued");
            assertThat(peer.receive().at("/params/message").asString()).isEqualTo("page 1");
            JsonNode answer = peer.receive();
            assertThat(answer.path("result").toString())
                    .isEqualTo(
                            "{\"content\":[{\"type\":\"text\",\"text\":\"42 pages\"}],\"_meta\":{\"own\":1}}");
        }
    }

    @Test
    void cancelsTheTaskWithTheCall() throws Exception {
        try (SocketPeer peer = client()) {
            peer.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"endless\"}}");
            await().until(() ->
                    EXPERIMENTAL.asked("tasks/get").stream()
                            .anyMatch(each -> each.path("taskId").asString().equals("endless")));
            peer.send(
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");
            await().until(() -> EXPERIMENTAL.asked("tasks/cancel").size() == 1);
            assertThat(EXPERIMENTAL.asked("tasks/cancel").getFirst().path("taskId").asString())
                    .isEqualTo("endless");
        }
    }

    @Test
    void passesTheQuestionsOfATaskToTheClient() throws Exception {
        try (SocketPeer peer = client()) {
            JsonNode question =
                    peer.ask(
                            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"ask\"}}");
            assertThat(question.path("method").asString()).isEqualTo("elicitation/create");
            assertThat(question.at("/params/message").asString()).isEqualTo("Which size?");
            JsonNode answer =
                    peer.ask(
                            "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"action\":\"accept\",\"content\":{\"size\":\"A4\"}}}"
                                    .formatted(question.get("id")));
            assertThat(answer.at("/result/content/0/text").asString()).isEqualTo("A4 it is");
            assertThat(EXTENSION.asked("tasks/update"))
                    .singleElement()
                    .satisfies(update ->
                            assertThat(update.at("/inputResponses/k-1/content/size").asString())
                                    .isEqualTo("A4"));
        }
    }
}
