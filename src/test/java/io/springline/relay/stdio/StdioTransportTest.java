package io.springline.relay.stdio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.relay.RecordingReceiver;
import io.springline.relay.StdioServer;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.StdioCommand;
import io.springline.testing.Memory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class StdioTransportTest {

    private static final int MAX_BYTES = 16 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final JsonRpcCodec CODEC = JsonRpcCodec.lenientJson(MAX_BYTES);
    private static ProcessGroups groups;

    private final List<StdioTransport> open = new ArrayList<>();
    private final StderrRing stderr = new StderrRing();
    private final RecordingReceiver receiver = new RecordingReceiver();

    @BeforeAll
    static void openGroups() {
        groups = new ProcessGroups();
    }

    @AfterAll
    static void closeGroups() {
        groups.close();
    }

    @AfterEach
    void closeAll() {
        open.forEach(StdioTransport::close);
    }

    private StdioTransport started(StdioCommand command, int maxBytes) throws IOException {
        var transport = new StdioTransport("up", command, groups, CODEC, maxBytes, stderr);
        open.add(transport);
        transport.start(receiver);
        return transport;
    }

    private StdioTransport server() throws IOException {
        return started(StdioServer.command(), MAX_BYTES);
    }

    private StdioTransport shell(String script) throws IOException {
        return started(sh(script), MAX_BYTES);
    }

    private static StdioCommand sh(String script) {
        return new StdioCommand("sh", List.of("-c", script), Map.of(), null);
    }

    private static Request call(long id, String tool, String arguments) {
        ObjectNode params = StdioServer.read("{'name':'" + tool + "'}");
        params.set("arguments", StdioServer.read(arguments));
        return new Request(new RequestId.Number(id), "tools/call", params);
    }

    private static Notification cancelled(long id) {
        return new Notification(
                "notifications/cancelled", StdioServer.read("{'requestId':" + id + "}"));
    }

    @Test
    void carriesMessagesBothWays() throws IOException {
        StdioTransport transport = server();
        transport.send(call(1, "echo", "{'message':'Grüße 😀'}"));
        assertThat(receiver.text(1)).isEqualTo("Echo: Grüße 😀");
        String line = new String(CODEC.encode(receiver.answer(1)), StandardCharsets.UTF_8);
        assertThat(line).contains("\"x-unknown\":{\"decimal\":1.10,\"kept\":true}");
        assertThat(stderr.snapshot()).containsExactly("ready");
    }

    @Test
    void servesTheModernEra() throws IOException {
        StdioTransport transport = started(StdioServer.command("--modern"), MAX_BYTES);
        ObjectNode params =
                StdioServer.read(
                        "{'_meta':{'io.modelcontextprotocol/protocolVersion':'2026-07-28'}}");
        transport.send(new Request(new RequestId.Number(1), "server/discover", params));
        var result = ((ResultResponse) receiver.answer(1)).result();
        assertThat(result.path("resultType").asString()).isEqualTo("complete");
        assertThat(result.path("supportedVersions").toString()).isEqualTo("[\"2026-07-28\"]");
    }

    @Test
    void carriesLongLines() throws IOException {
        StdioTransport transport = server();
        transport.send(call(1, "huge", "{'bytes':5000000}"));
        assertThat(receiver.text(1)).hasSize(5_000_000);
        transport.send(call(2, "echo", "{'message':'" + "y".repeat(5_000_000) + "'}"));
        assertThat(receiver.text(2)).hasSize(5_000_006);
    }

    @Test
    void keepsNoLineWhileTheServerIsSilent() throws IOException {
        StdioTransport transport = server();
        transport.send(call(1, "echo", "{'message':''}"));
        receiver.answer(1);
        long before = Memory.usedAfterGc();
        transport.send(call(2, "huge", "{'bytes':12000000}"));
        receiver.answer(2);
        receiver.messages.clear();
        Awaitility.await().until(() -> Memory.usedAfterGc() - before < 4_000_000);
    }

    @Test
    void deliversAnObjectThatIsPrintedOverSeveralLines() throws IOException {
        shell(
                """
                cat <<'.'
                {
                  "jsonrpc": "2.0",

                  "method": "a",
                  "params": {
                    "x": "{"
                  }
                }
                {"jsonrpc":"2.0","method":"b"}
                .
                """);
        receiver.end(PATIENCE);
        assertThat(receiver.messages).extracting(Object::toString).containsExactly("a", "b");
    }

    @Test
    void losesNoMessageBehindAnObjectWithoutAnEnd() throws IOException {
        StdioTransport transport =
                shell(
                        """
                        cat <<'.'
                        {
                          "starting": "up",
                        {"jsonrpc":"2.0","method":"a"}
                        {
                          "never": "ended"
                        {
                          "jsonrpc": "2.0", "method": "b"
                        }
                        .
                        """);
        receiver.end(PATIENCE);
        assertThat(receiver.messages).extracting(Object::toString).containsExactly("a", "b");
        assertThat(transport.skippedLines()).isEqualTo(2);
    }

    @Test
    void joinsNoMoreLinesThanAMessageMayHaveBytes() throws IOException {
        StdioTransport transport =
                started(
                        sh(
                                """
                                echo '{'; for i in 1 2 3 4 5 6 7 8 9; do echo '  "aaaaaaaaaaaaaaaaaaaaaaaaa": 1,'; done
                                echo '{"jsonrpc":"2.0","method":"a"}'
                                """),
                        200);
        receiver.end(PATIENCE);
        assertThat(receiver.messages).extracting(Object::toString).containsExactly("a");
        assertThat(transport.skippedLines()).isGreaterThan(1);
    }

    @Test
    void deliversTheElementsOfAnArrayOneByOne() throws IOException {
        shell(
                "echo '[{\"jsonrpc\":\"2.0\",\"method\":\"a\"},7,{\"jsonrpc\":\"2.0\",\"method\":\"b\"}]'");
        receiver.end(PATIENCE);
        assertThat(receiver.messages).extracting(Object::toString).containsExactly("a", "b");
    }

    @Test
    void tellsOfACrashWithinASecond() throws IOException {
        StdioTransport transport = server();
        transport.send(call(1, "fork", "{}"));
        long grandchild = Long.parseLong(receiver.text(1));
        transport.send(call(2, "crash", "{}"));
        // the grandchild holds the pipes
        ProcessHandle.of(transport.pid().orElseThrow()).orElseThrow().onExit().join();
        assertThat(receiver.end(PATIENCE)).isEqualTo("Upstream 'up' exited with status 3");
        assertGone(grandchild);
        assertThatThrownBy(() -> transport.send(call(3, "echo", "{}")))
                .isInstanceOf(UpstreamException.class)
                .hasMessage("Upstream 'up' exited with status 3");
        transport.close();
        assertThat(receiver.ends).hasSize(1);
    }

    @Test
    void deliversWhatADyingChildWroteLast() throws IOException {
        shell(
                "i=0; while [ $i -lt 500 ]; do echo '{\"jsonrpc\":\"2.0\",\"method\":\"m\"}';"
                        + " i=$((i+1)); done; printf '{\"jsonrpc\":'; kill -9 $$");
        assertThat(receiver.end(PATIENCE)).isEqualTo("Upstream 'up' was ended by signal 9");
        assertThat(receiver.messages).hasSize(500);
    }

    @Test
    void skipsWhatIsNoMessage() throws IOException {
        StdioTransport transport = server();
        transport.send(call(1, "garbage", "{}"));
        assertThat(receiver.text(1)).isEqualTo("after the garbage");
        assertThat(transport.skippedLines()).isEqualTo(3);
    }

    @Test
    void endsAChildWhoseLineDoesNotEnd() throws IOException {
        StdioTransport transport = started(StdioServer.command(), 100_000);
        transport.send(call(1, "endless", "{}"));
        assertThat(receiver.end(Duration.ofMinutes(1)))
                .isEqualTo("Upstream 'up' sent a line of more than 100000 bytes");
        assertGone(transport.pid().orElseThrow());
    }

    @Test
    void endsAChildThatClosesItsOutput() throws IOException {
        shell("exec >&-; sleep 1000");
        assertThat(receiver.end(PATIENCE)).isEqualTo("Upstream 'up' closed its standard output");
    }

    @Test
    void namesACommandThatIsMissing() {
        var missing = new StdioCommand("no-such-command", List.of(), Map.of(), null);
        assertThatThrownBy(() -> started(missing, MAX_BYTES))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot start 'no-such-command': not found on PATH");
        var noFile = new StdioCommand("./no-such-file", List.of(), Map.of(), Path.of("/"));
        assertThatThrownBy(() -> started(noFile, MAX_BYTES))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot start './no-such-file': no such executable file");
    }

    @Test
    void givesAChildItsOwnEnvironmentAlone() throws IOException {
        var env = Map.of("TOKEN", "secret");
        var command =
                new StdioCommand(
                        "sh", List.of("-c", "env >&2; pwd >&2"), env, Path.of("/").toRealPath());
        assertThat(command.toString()).contains("TOKEN").doesNotContain("secret");
        started(command, MAX_BYTES);
        receiver.end(PATIENCE);
        Awaitility.await().until(() -> stderr.snapshot().contains("/"));
        assertThat(stderr.snapshot())
                .contains("TOKEN=secret")
                .noneMatch(line -> line.startsWith("JAVA_HOME=") || line.startsWith("MAVEN"));
    }

    @Test
    void withdrawsARequestThatWaits() {
        var outbox = new StdioOutbox();
        var one = new RequestId.Number(1);
        outbox.offer(one, bytes("1"));
        outbox.offer(new RequestId.Text("1"), bytes("text"));
        assertThat(outbox.withdraw(one)).isTrue();
        assertThat(outbox.withdraw(one)).isFalse();
        outbox.overtake(bytes("c1"));
        outbox.overtake(bytes("c2"));
        assertThat(Stream.generate(() -> taken(outbox)).limit(3))
                .containsExactly("c1", "c2", "text");
        assertThat(outbox.poll()).isNull();
    }

    @Test
    void writesAtOnceOnlyToAnEmptyPipe() throws InterruptedException {
        var outbox = new StdioOutbox();
        var one = new RequestId.Number(1);
        assertThat(outbox.tryClaim(one, new byte[StdioOutbox.SHORT_BYTES])).isFalse();
        assertThat(outbox.tryClaim(one, bytes("1"))).isTrue();
        outbox.answered(one);
        assertThat(outbox.tryClaim(null, bytes("while another is written"))).isFalse();
        outbox.release();
        outbox.offer(null, bytes("queued"));
        assertThat(outbox.tryClaim(null, bytes("overtakes"))).isFalse();
        assertThat(outbox.awaitClaim()).isTrue();
        assertThat(outbox.poll()).isEqualTo(bytes("queued"));
        outbox.release();
        outbox.answered(one);
        assertThat(outbox.tryClaim(null, bytes("perhaps not read yet"))).isFalse();
    }

    @Test
    void keepsTheOrderOfEachThreadThatSends() throws Exception {
        StdioTransport transport = shell("exec cat");
        int threads = 8;
        int each = 200;
        try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int t = 0; t < threads; t++) {
                String method = "t" + t;
                senders.submit(() -> {
                    for (int i = 0; i < each; i++) {
                        transport.send(
                                new Notification(method, StdioServer.read("{'number':" + i + "}")));
                    }
                });
            }
        }
        Awaitility.await().atMost(PATIENCE).until(() -> receiver.messages.size() == threads * each);
        var next = new HashMap<String, Integer>();
        for (var message : receiver.messages) {
            var notification = (Notification) message;
            int number = next.merge(notification.method(), 1, Integer::sum) - 1;
            assertThat(notification.params().path("number").asInt()).isEqualTo(number);
        }
    }

    @Test
    void tellsTheChildToCancelWhatHasLeft() throws IOException {
        StdioTransport transport = server();
        transport.send(call(1, "sleep", "{'ms':100000}"));
        transport.send(call(2, "echo", "{}"));
        receiver.answer(2);
        transport.cancel(new RequestId.Number(1), cancelled(1));
        transport.send(call(3, "cancelled", "{}"));
        assertThat(receiver.text(3)).isEqualTo("[1]");
    }

    @Test
    void givesUpOnAChildThatDoesNotRead() throws IOException {
        StdioTransport transport = server();
        transport.send(call(1, "deaf", "{}"));
        receiver.answer(1);
        assertThatThrownBy(
                        () -> {
                            for (int i = 2; i < 50_000; i++) {
                                transport.send(call(i, "echo", "{}"));
                            }
                        })
                .isInstanceOf(UpstreamException.class)
                .hasMessage("Upstream 'up' does not read its standard input");
        transport.close();
        assertThat(receiver.ends).containsExactly("Upstream 'up' was closed");
        assertGone(transport.pid().orElseThrow());
    }

    @Test
    void closesAGroupAsAWhole() throws IOException {
        StdioTransport transport = server();
        transport.send(call(1, "fork", "{}"));
        long grandchild = Long.parseLong(receiver.text(1));
        transport.close();
        assertThat(receiver.ends).containsExactly("Upstream 'up' was closed");
        assertGone(transport.pid().orElseThrow());
        assertGone(grandchild);
    }

    @Test
    void killsWhatHeedsNoSignal() throws IOException {
        StdioTransport transport =
                shell(
                        "trap '' TERM; echo '{\"jsonrpc\":\"2.0\",\"method\":\"up\"}'; while :; do sleep 1; done");
        Awaitility.await().until(() -> !receiver.messages.isEmpty());
        transport.close();
        assertThat(receiver.ends).hasSize(1);
        assertGone(transport.pid().orElseThrow());
    }

    @Test
    void keepsTheLastLinesOfStandardError() throws IOException {
        StdioTransport transport = server();
        transport.send(call(1, "chatter", "{'lines':500}"));
        receiver.answer(1);
        Awaitility.await().until(() -> stderr.snapshot().getLast().startsWith("499 e"));
        assertThat(stderr.snapshot())
                .hasSize(StderrRing.MAX_LINES)
                .allMatch(line -> line.length() == StderrRing.MAX_LINE_LENGTH);
    }

    @Test
    void leavesNothingBehind() throws IOException {
        long before =
                ProcessHandle.current().descendants().filter(ProcessGroupsTest::lives).count();
        for (int i = 0; i < 30; i++) {
            shell("sleep 1000 & exec cat");
        }
        open.parallelStream().forEach(StdioTransport::close);
        assertThat(receiver.ends).hasSize(30);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() ->
                        ProcessHandle.current()
                                        .descendants()
                                        .filter(ProcessGroupsTest::lives)
                                        .count()
                                <= before + 1); // the watchdog
    }

    private static void assertGone(long pid) {
        Awaitility.await().atMost(PATIENCE).until(() -> !ProcessGroupsTest.lives(pid));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String taken(StdioOutbox outbox) {
        return new String(outbox.poll(), StandardCharsets.UTF_8);
    }
}
