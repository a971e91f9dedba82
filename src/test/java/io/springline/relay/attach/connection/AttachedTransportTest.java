package io.springline.relay.attach.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.ExtensionMethods;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.testing.McpPeer;
import io.springline.testing.RecordingConnection;
import java.time.Duration;
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
}
