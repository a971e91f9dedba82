package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcCodec;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.session.Caller;
import io.springline.session.ClientCapabilities;
import io.springline.session.McpSession;
import io.springline.session.ProtocolVersion;
import io.springline.session.Rate;
import io.springline.session.SessionLimits;
import io.springline.testing.RecordingConnection;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class RequestStatesTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Instant NOW = Instant.parse("2026-07-28T12:00:00Z");
    private static final Duration TTL = Duration.ofMinutes(10);
    private static final String OLD = "o".repeat(32);
    private static final String NEW = "n".repeat(32);
    private static final JsonNode STATE = JSON.readTree("{\"secret\":\"s3cret\",\"n\":1}");

    private final RequestStates states = states(NOW, OLD);
    private final Call call =
            call("ada", McpMethod.TOOLS_CALL, "{\"name\":\"t\",\"arguments\":{\"a\":1,\"b\":[2]}}");

    @Test
    void opensWhatItSealed() {
        assertThat(states.open(call, states.seal(call, STATE))).isEqualTo(STATE);
    }

    @Test
    void isUnreadableAndNeverTheSame() {
        String sealed = states.seal(call, STATE);
        byte[] bytes = Base64.getUrlDecoder().decode(sealed.substring(3));
        assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain("s3cret", "ada");
        assertThat(states.seal(call, STATE)).isNotEqualTo(sealed);
    }

    @Test
    void refusesEachChangedByte() {
        String sealed = states.seal(call, STATE);
        byte[] bytes = Base64.getUrlDecoder().decode(sealed.substring(3));
        for (int i = 0; i < bytes.length; i++) {
            byte[] tampered = bytes.clone();
            tampered[i] ^= 1;
            assertRefused(
                    states,
                    call,
                    "v1." + Base64.getUrlEncoder().withoutPadding().encodeToString(tampered));
        }
    }

    @Test
    void refusesEachShortenedForm() {
        String sealed = states.seal(call, STATE);
        for (int length = 0; length < sealed.length(); length++) {
            assertRefused(states, call, sealed.substring(0, length));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "v1.", "v2.AAAA", "v1.AAAA", "v1.!", "null", "v1.AAAAAAAAAAAAAAAA"})
    void refusesWhatItNeverSealed(String sealed) {
        assertRefused(states, call, sealed);
    }

    @Test
    void refusesWhatIsAppended() {
        assertRefused(states, call, states.seal(call, STATE) + "-TAMPERED");
    }

    @Test
    void expires() {
        String sealed = states.seal(call, STATE);
        assertThat(states(NOW.plus(TTL).minusSeconds(1), OLD).open(call, sealed)).isEqualTo(STATE);
        assertRefused(states(NOW.plus(TTL), OLD), call, sealed);
    }

    @Test
    void isGoodForThisVeryCallOnly() {
        String sealed = states.seal(call, STATE);
        String params = "{\"name\":\"t\",\"arguments\":{\"a\":1,\"b\":[2]}}";
        assertRefused(states, call("eve", McpMethod.TOOLS_CALL, params), sealed);
        assertRefused(states, call("ada", McpMethod.PROMPTS_GET, params), sealed);
        for (String other :
                List.of(
                        "{\"name\":\"u\",\"arguments\":{\"a\":1,\"b\":[2]}}",
                        "{\"name\":\"t\",\"arguments\":{\"a\":2,\"b\":[2]}}",
                        "{\"name\":\"t\",\"arguments\":{\"a\":\"1\",\"b\":[2]}}",
                        "{\"name\":\"t\",\"arguments\":{\"a\":1,\"b\":[\"2\"]}}",
                        "{\"name\":\"t\",\"arguments\":{\"a\":1,\"b\":\"[2]\"}}",
                        "{\"name\":\"t\",\"arguments\":{\"a\":1}}",
                        "{\"name\":\"t\"}",
                        "{\"uri\":\"t\",\"arguments\":{\"a\":1,\"b\":[2]}}")) {
            assertRefused(states, call("ada", McpMethod.TOOLS_CALL, other), sealed);
        }
    }

    @Test
    void orderOfKeysAndWhatElseIsSentDoNotMatter() {
        String sealed = states.seal(call, STATE);
        Call same =
                call(
                        "ada",
                        McpMethod.TOOLS_CALL,
                        "{\"inputResponses\":{},\"arguments\":{\"b\":[2],\"a\":1},\"name\":\"t\",\"_meta\":{}}");
        assertThat(states.open(same, sealed)).isEqualTo(STATE);
    }

    @Test
    void absentArgumentsAreNoArguments() {
        String sealed = states.seal(call("ada", McpMethod.TOOLS_CALL, "{\"name\":\"t\"}"), STATE);
        Call same = call("ada", McpMethod.TOOLS_CALL, "{\"name\":\"t\",\"arguments\":{}}");
        assertThat(states.open(same, sealed)).isEqualTo(STATE);
    }

    @Test
    void opensWithOldKeysAndSealsWithTheNewest() {
        String old = states.seal(call, STATE);
        RequestStates rotating = states(NOW, NEW, OLD);
        assertThat(rotating.open(call, old)).isEqualTo(STATE);
        String fresh = rotating.seal(call, STATE);
        assertThat(states(NOW, NEW).open(call, fresh)).isEqualTo(STATE);
        assertRefused(states, call, fresh);
        assertRefused(states(NOW, NEW), call, old);
    }

    @Test
    void makesAKeyOfItsOwnWhenItIsGivenNone() {
        RequestStates own = states(NOW);
        assertThat(own.open(call, own.seal(call, STATE))).isEqualTo(STATE);
        assertRefused(states(NOW), call, own.seal(call, STATE));
    }

    private static RequestStates states(Instant now, String... secrets) {
        return new RequestStates(List.of(secrets), Clock.fixed(now, ZoneOffset.UTC), TTL);
    }

    private static void assertRefused(RequestStates states, Call call, String sealed) {
        assertThatThrownBy(() -> states.open(call, sealed))
                .isInstanceOfSatisfying(
                        JsonRpcException.class,
                        e ->
                                assertThat(e.error().code())
                                        .isEqualTo(ErrorCode.INVALID_PARAMS.code()));
    }

    private static Call call(String principal, McpMethod method, String params) {
        var session =
                new McpSession(
                        new Caller(principal, Set.of(), null),
                        new RecordingConnection(),
                        JsonRpcCodec.json(1000),
                        new SessionLimits(1, TTL, new Rate(1000)));
        var json = (ObjectNode) JSON.readTree(params);
        return new Call(
                session,
                method,
                ProtocolVersion.MODERN,
                ClientCapabilities.NONE,
                null,
                json,
                json.objectNode(),
                null,
                null);
    }
}
