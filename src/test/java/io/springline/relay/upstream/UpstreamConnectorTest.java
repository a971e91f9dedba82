package io.springline.relay.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.jsonrpc.RequestId;
import io.springline.relay.client.UpstreamClient;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.upstream.UpstreamConnector.Attempt;
import io.springline.relay.upstream.UpstreamConnector.Failed;
import io.springline.relay.upstream.UpstreamConnector.Made;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class UpstreamConnectorTest {

    /** A legacy server that exits at a first message other than {@code initialize}. */
    private static final class LegacyServer implements UpstreamTransport {

        private final List<String> methods;
        private Receiver receiver;

        LegacyServer(List<String> methods) {
            this.methods = methods;
        }

        @Override
        public void start(Receiver to) {
            receiver = to;
        }

        @Override
        public void send(JsonRpcMessage message) {
            if (message instanceof Request request) {
                methods.add(request.method());
                if (request.method().equals("initialize")) {
                    receiver.received(
                            new ResultResponse(
                                    request.id(),
                                    JsonMapper.shared()
                                            .readTree("{\"protocolVersion\":\"2025-11-25\"}")),
                            null);
                } else {
                    receiver.closed("exited");
                }
            }
        }

        @Override
        public void cancel(RequestId request, Notification notification) {}

        @Override
        public void close() {}
    }

    private final List<String> methods = new ArrayList<>();
    private @Nullable IOException failure;
    private final UpstreamConnector connector =
            new UpstreamConnector(
                    "test",
                    RelayProperties.Upstream.process("test", List.of(), Map.of(), null),
                    RelayProperties.Mode.SHARED,
                    this::create,
                    JsonNodeFactory.instance.objectNode());

    private UpstreamTransport create() throws IOException {
        if (failure != null) {
            throw failure;
        }
        return new LegacyServer(methods);
    }

    private Attempt connect() {
        return connector.connect(
                new UpstreamClient.Listener() {
                    @Override
                    public void notified(String method, @Nullable ObjectNode params) {}

                    @Override
                    public void closed(String reason) {}

                    @Override
                    public void trouble(String what) {}
                });
    }

    @Test
    void triesTheLegacyEraIfTheServerExitsAtTheModernOne() {
        assertThat(connect()).isInstanceOf(Made.class);
        assertThat(methods).containsExactly("server/discover", "initialize");
    }

    @Test
    void beginsWithTheEraOfTheLastConnectionUntilAnAttemptFails() {
        connector.recordConnected(((Made) connect()).connection());
        methods.clear();
        connect();
        assertThat(methods).containsExactly("initialize");
        connector.recordFailed();
        methods.clear();
        connect();
        assertThat(methods).containsExactly("server/discover", "initialize");
    }

    @Test
    void saysWhyAnAttemptHasFailed() {
        failure = new IOException("no such file");
        assertThat(connect()).isEqualTo(new Failed("no such file"));
    }

    @Test
    void waitsLongerAfterEachFailureUntilAConnectionHolds() {
        assertThat(connector.recordFailed()).isLessThan(1_000);
        for (int i = 0; i < 10; i++) {
            connector.recordFailed();
        }
        assertThat(connector.recordFailed()).isGreaterThan(10_000);
        connector.recordHeld();
        assertThat(connector.recordFailed()).isLessThan(1_000);
    }
}
