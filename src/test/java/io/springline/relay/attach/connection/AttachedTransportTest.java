package io.springline.relay.attach.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.ExtensionMethods;
import io.springline.relay.client.UpstreamTransport;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.testing.McpPeer;
import io.springline.testing.RecordingConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class AttachedTransportTest {

    private final AgentSessions agents = new AgentSessions(Duration.ofMinutes(1), 10);

    @AfterEach
    void close() {
        agents.close();
    }

    private static McpSession session(RecordingConnection socket) {
        return new McpSession(
                Caller.ANONYMOUS,
                socket,
                JsonRpcCodec.json(10_000),
                new SessionLimits(8, Duration.ofMinutes(1), new Rate(1_000)));
    }

    private static JsonNode granted(RecordingConnection socket) throws InterruptedException {
        String greeting = socket.next(0);
        assertThat(greeting).isNotNull();
        return McpPeer.JSON.readTree(greeting).path("result");
    }

    private JsonNode resume(RecordingConnection socket, JsonNode grant)
            throws InterruptedException {
        ObjectNode params = McpPeer.JSON.createObjectNode();
        params.set("token", grant.get("token"));
        params.set("epoch", grant.get("epoch"));
        params.put("received", 0);
        var id = new RequestId.Text("resume");
        agents.serve(session(socket), new Request(id, ExtensionMethods.RESUME, params));
        return granted(socket);
    }

    /** The reader of a WebSocket may be slow: its successor may be there before it has ended. */
    @Test
    void isNotAwayIfAWebSocketEndsAfterAnotherOneHasResumedTheSession() throws Exception {
        var first = new RecordingConnection("1");
        var open = new Request(new RequestId.Text("open"), ExtensionMethods.OPEN);
        var transport =
                new AttachedTransport(
                        agents.serve(session(first), open), Profile.STANDARD, 1_000, () -> {});
        var second = new RecordingConnection("2");
        JsonNode grant = resume(second, granted(first));
        transport.away(first);
        assertThat(transport.awaySince()).isNull();
        var third = new RecordingConnection("3");
        resume(third, grant);
        transport.away(second);
        assertThat(transport.awaySince()).isNull();
        transport.away(third);
        assertThat(transport.awaySince()).isNotNull();
        transport.away(second);
        assertThat(transport.awaySince()).isNotNull();
    }

    private record Client(List<String> events) implements UpstreamTransport.Receiver {

        Client() {
            this(new CopyOnWriteArrayList<>());
        }

        @Override
        public void received(JsonRpcMessage message, @Nullable RequestId during) {
            if (message instanceof Response response) {
                events.add("answered " + response.id());
            }
        }

        @Override
        public void failed(RequestId request, String reason) {
            events.add("failed " + request);
        }

        @Override
        public void refused(RequestId request, String reason) {
            events.add("refused " + request);
        }

        @Override
        public void closed(String reason) {
            events.add("closed");
        }
    }

    private static RequestId id(String text) {
        return new RequestId.Text(text);
    }

    private static Request call(String id, int bytes) {
        ObjectNode params = McpPeer.JSON.createObjectNode().put("text", "x".repeat(bytes));
        return new Request(id(id), "tools/call", params);
    }

    private static JsonNode sent(RecordingConnection device) throws InterruptedException {
        String message = device.next(0);
        assertThat(message).as("a message to the device").isNotNull();
        return McpPeer.JSON.readTree(message);
    }

    private static void answer(AttachedTransport transport, JsonNode request)
            throws InterruptedException {
        var id = new RequestId.Number(request.get("id").asInt());
        transport.accept(
                new Decoded.Message(new ResultResponse(id, McpPeer.JSON.createObjectNode())));
    }

    private static AttachedTransport device(RecordingConnection socket) {
        return new AttachedTransport(session(socket), Profile.DEVICE, 1_000, () -> {});
    }

    @Test
    void pingsADeviceDuringACallAndSendsTheNextCallAfterBoth() throws Exception {
        var socket = new RecordingConnection();
        AttachedTransport transport = device(socket);
        var here = new Client();
        var there = new Client();
        UpstreamTransport own = transport.own();
        UpstreamTransport other = transport.another();
        own.start(here);
        other.start(there);
        own.send(call("1", 0));
        JsonNode first = sent(socket);
        other.send(new Request(id("p"), "ping"));
        JsonNode ping = sent(socket);
        assertThat(ping.path("method").asString("")).isEqualTo("ping");
        other.send(call("2", 0));
        answer(transport, ping);
        assertThat(there.events()).containsExactly("answered " + id("p"));
        assertThat(socket.next(0)).as("a second call").isNull();
        answer(transport, first);
        assertThat(sent(socket).path("method").asString("")).isEqualTo("tools/call");
    }

    /** It is known when its turn comes, and nothing else would send those that wait behind it. */
    @Test
    void sendsTheNextCallToADeviceIfOneBeforeItIsTooLarge() throws Exception {
        var socket = new RecordingConnection();
        AttachedTransport transport = device(socket);
        var here = new Client();
        UpstreamTransport own = transport.own();
        own.start(here);
        own.send(call("1", 0));
        own.send(call("2", 2_000));
        own.send(call("3", 2_000));
        own.send(call("4", 0));
        answer(transport, sent(socket));
        answer(transport, sent(socket));
        assertThat(here.events())
                .containsExactly(
                        "answered " + id("1"),
                        "failed " + id("2"),
                        "failed " + id("3"),
                        "answered " + id("4"));
    }
}
