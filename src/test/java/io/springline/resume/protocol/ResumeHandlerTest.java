package io.springline.resume.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.dispatch.call.RequestObserver;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.mcp.ExtensionMethods;
import io.springline.resume.ResumableSessions;
import io.springline.resume.SessionProperties;
import io.springline.resume.store.LocalSessionStore;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.SessionRegistry;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.session.limit.SlidingWindowCounter;
import io.springline.testing.RecordingConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ResumeHandlerTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final RequestId ID = new RequestId.Number(1);

    private final List<ErrorResponse> refused = new ArrayList<>();
    private final SessionRegistry registry = new SessionRegistry();
    private final ResumeHandler handler =
            new ResumeHandler(
                    new ResumableSessions(
                            registry,
                            new SessionProperties(
                                    Duration.ofSeconds(90), DataSize.ofBytes(4096), 10),
                            new LocalSessionStore()),
                    new RequestObserver() {
                        @Override
                        public void refused(ErrorResponse error) {
                            refused.add(error);
                        }
                    });

    private final RecordingConnection first = new RecordingConnection("first");
    private final RecordingConnection second = new RecordingConnection("second");
    private final McpSession session = session(first, "alice");
    private final McpSession fresh = session(second, "alice");

    private McpSession session(RecordingConnection connection, String caller) {
        var created =
                new McpSession(
                        new Caller(caller, Set.of(), null),
                        connection,
                        JsonRpcCodec.json(10_000),
                        new SessionLimits(8, Duration.ofMinutes(1), new Rate(1000)));
        registry.add(created);
        return created;
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
    }

    private McpSession serve(McpSession on, String method, @Nullable ObjectNode params) {
        return handler.serve(on, new Request(ID, method, params), _ -> {});
    }

    private static JsonNode next(RecordingConnection connection) throws InterruptedException {
        return JSON.readTree(Objects.requireNonNull(connection.next(0)));
    }

    private JsonNode open() throws InterruptedException {
        assertThat(serve(session, ExtensionMethods.OPEN, null)).isSameAs(session);
        return next(first).path("result");
    }

    private McpSession resume(McpSession on, JsonNode granted, int received) {
        ObjectNode params = JSON.createObjectNode();
        params.set("token", granted.path("token"));
        params.set("epoch", granted.path("epoch"));
        return serve(on, ExtensionMethods.RESUME, params.put("received", received));
    }

    @Test
    void opensSessionsWithTheTwoMethodsOfTheExtension() {
        assertThat(handler.opens(new Request(ID, ExtensionMethods.OPEN))).isTrue();
        assertThat(handler.opens(new Request(ID, ExtensionMethods.RESUME))).isTrue();
        assertThat(handler.opens(new Request(ID, "initialize"))).isFalse();
    }

    @Test
    void grantsATokenAndNamesTheLimits() throws Exception {
        JsonNode granted = open();
        assertThat(granted.path("token").stringValue()).isNotEmpty();
        assertThat(granted.path("epoch").stringValue()).hasSize(8);
        assertThat(granted.path("graceMs").intValue()).isEqualTo(90_000);
        assertThat(granted.path("maxBufferedBytes").intValue()).isEqualTo(4096);
        assertThat(granted.has("resumed")).isFalse();
        assertThat(session.isResumable()).isTrue();
        assertThat(refused).isEmpty();
    }

    @Test
    void resumesTheSessionOnTheNewConnection() throws Exception {
        JsonNode granted = open();
        session.connection().send(Outbound.essential("{}".getBytes(UTF_8)));
        assertThat(resume(fresh, granted, 0)).isSameAs(session);
        JsonNode answer = next(second).path("result");
        assertThat(answer.path("resumed").booleanValue()).isTrue();
        assertThat(answer.path("sent").intValue()).isEqualTo(1);
        assertThat(answer.path("token")).isNotEqualTo(granted.path("token"));
        assertThat(second.next(0)).isEqualTo("{}");
        assertThat(first.closed()).isEqualTo(CloseReason.REPLACED);
    }

    @ParameterizedTest
    @ValueSource(strings = {ExtensionMethods.OPEN, ExtensionMethods.RESUME})
    void rejectsAnOpeningRequestAfterOtherMessages(String method) throws Exception {
        session.recordMessage();
        assertThat(serve(session, method, json("{}"))).isSameAs(session);
        JsonNode error = next(first).path("error");
        assertThat(error.path("code").intValue()).isEqualTo(-32600);
        assertThat(error.path("message").stringValue()).contains("first message");
        assertThat(session.isResumable()).isFalse();
        assertThat(refused).hasSize(1);
    }

    @Test
    void rejectsASecondOpen() throws Exception {
        open();
        serve(session, ExtensionMethods.OPEN, null);
        assertThat(next(first).path("error").path("code").intValue()).isEqualTo(-32600);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'token':'x'}",
                "{'token':'x','epoch':'01234567'}",
                "{'token':'x','epoch':'01234567','received':-1}",
                "{'token':'x','epoch':'01234567','received':1.5}",
                "{'token':'x','epoch':'01234567','received':10000000000000000000}",
                "{'token':1,'epoch':'01234567','received':0}"
            })
    void rejectsInvalidParams(String params) throws Exception {
        assertThat(serve(fresh, ExtensionMethods.RESUME, json(params))).isSameAs(fresh);
        JsonNode error = next(second).path("error");
        assertThat(error.path("code").intValue()).isEqualTo(-32602);
        assertThat(error.has("data")).isFalse();
    }

    @Test
    void rejectsMissingParams() throws Exception {
        serve(fresh, ExtensionMethods.RESUME, null);
        assertThat(next(second).path("error").path("code").intValue()).isEqualTo(-32602);
    }

    @Test
    void refusesAMalformedTokenAndASecondAttemptOnTheConnection() throws Exception {
        var params = json("{'token':'x','epoch':'01234567','received':0}");
        serve(fresh, ExtensionMethods.RESUME, params);
        assertThat(next(second).at("/error/data/reason").stringValue()).isEqualTo("unknown");
        serve(fresh, ExtensionMethods.RESUME, params);
        assertThat(next(second).at("/error/message").stringValue()).contains("once per connection");
        assertThat(second.closed()).isNull();
    }

    @Test
    void refusesTheSessionOfAnotherPrincipal() throws Exception {
        JsonNode granted = open();
        McpSession bob = session(second, "bob");
        assertThat(resume(bob, granted, 0)).isSameAs(bob);
        JsonNode error = next(second).path("error");
        assertThat(error.at("/data/reason").stringValue()).isEqualTo("not-yours");
        assertThat(error.path("message").stringValue()).contains("another principal");
        assertThat(first.closed()).isNull();
    }

    @Test
    void refusesACountThatTheSessionHasNotReached() throws Exception {
        assertThat(resume(fresh, open(), 1)).isSameAs(fresh);
        assertThat(next(second).at("/error/data/reason").stringValue()).isEqualTo("unknown");
    }

    @Test
    void disconnectsAPrincipalWithTooManyUnknownTokens() {
        var params = json("{'token':'x','epoch':'01234567','received':0}");
        for (int i = 1; i < SlidingWindowCounter.LIMIT; i++) {
            var connection = new RecordingConnection();
            serve(session(connection, "alice"), ExtensionMethods.RESUME, params);
            assertThat(connection.closed()).isNull();
        }
        serve(fresh, ExtensionMethods.RESUME, params);
        assertThat(second.closed()).isEqualTo(CloseReason.RATE_LIMIT);
    }

    @Test
    void dropsAcknowledgedMessages() throws Exception {
        open();
        session.connection().send(Outbound.essential("{}".getBytes(UTF_8)));
        assertThat(session.connection().queuedBytes()).isPositive();
        assertThat(acknowledge(session, "{'received':1}")).isTrue();
        assertThat(session.connection().queuedBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{'received':-1}", "{'received':'1'}", "{'received':2}"})
    void rejectsImpossibleAcknowledgements(String params) throws Exception {
        open();
        session.connection().send(Outbound.essential("{}".getBytes(UTF_8)));
        assertThat(acknowledge(session, params)).isFalse();
        assertThat(session.connection().queuedBytes()).isPositive();
    }

    @Test
    void acceptsTheAcknowledgementOfNothing() throws Exception {
        open();
        assertThat(acknowledge(session, "{'received':0}")).isTrue();
        assertThat(handler.acknowledge(session, new Notification(ExtensionMethods.ACK))).isFalse();
    }

    @Test
    void ignoresAcknowledgementsOfSessionsThatAreNotResumable() {
        assertThat(acknowledge(session, "{'received':7}")).isTrue();
        assertThat(handler.acknowledge(session, new Notification(ExtensionMethods.ACK))).isTrue();
    }

    private boolean acknowledge(McpSession of, String params) {
        return handler.acknowledge(of, new Notification(ExtensionMethods.ACK, json(params)));
    }
}
