package io.springline.dispatch.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonValue;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import io.springline.feature.InputRefusedException;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.McpMethod;
import io.springline.mcp.ProtocolVersion;
import io.springline.session.Caller;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.testing.RecordingConnection;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.spec.SecretKeySpec;
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
    void encryptsEqualStatesDifferently() throws Exception {
        String sealed = states.seal(call, STATE);
        byte[] content = JWEObject.parse(sealed).getCipherText().decode();
        assertThat(new String(content, StandardCharsets.ISO_8859_1))
                .doesNotContain("s3cret", "ada");
        assertThat(sealed).doesNotContain(OLD);
        assertThat(states.seal(call, STATE)).isNotEqualTo(sealed);
    }

    @Test
    void refusesEachChangedByte() {
        String[] parts = states.seal(call, STATE).split("\\.", -1);
        for (int part = 0; part < parts.length; part++) {
            byte[] bytes = Base64.getUrlDecoder().decode(parts[part]);
            for (int i = 0; i < bytes.length; i++) {
                byte[] tampered = bytes.clone();
                tampered[i] ^= 1;
                String[] changed = parts.clone();
                changed[part] = Base64.getUrlEncoder().withoutPadding().encodeToString(tampered);
                assertRefused(states, call, String.join(".", changed));
            }
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
    @ValueSource(
            strings = {
                "",
                "null",
                "v1.AAAAAAAAAAAAAAAA",
                "....",
                "e30....",
                "W1tbW1tbW1s....",
                "eyJhbGciOiJub25lIn0.e30.",
                "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA",
                "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoieCJ9..AAAA.AAAA.AAAA"
            })
    void refusesWhatItNeverSealed(String sealed) {
        assertRefused(states, call, sealed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "...",
                "....",
                "..AAAA.AAAA.AAAA",
                "...AAAA.AAAAAAAAAAAAAAAAAAAAAA",
                "..AAAAAAAAAAAAAAAA..AAAAAAAAAAAAAAAAAAAAAA",
                ".AAAA.AAAAAAAAAAAAAAAA.AAAA.AAAA",
                "..%.%.%",
                "..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA",
                ".....",
                " . . . . "
            })
    void refusesWhatFollowsItsHeader(String rest) {
        String sealed = states.seal(call, STATE);
        assertRefused(states, call, sealed.substring(0, sealed.indexOf('.')) + rest);
    }

    @Test
    void refusesAppendedBytes() {
        assertRefused(states, call, states.seal(call, STATE) + "-TAMPERED");
    }

    @Test
    void expires() {
        String sealed = states.seal(call, STATE);
        assertThat(states(NOW.plus(TTL).minusSeconds(1), OLD).open(call, sealed)).isEqualTo(STATE);
        assertRefused(states(NOW.plus(TTL), OLD), call, sealed);
    }

    @Test
    void refusesTheStateOfAnotherCall() {
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
    void refusesTheStateOfAnotherEndpoint() {
        String params = call.params().toString();
        Call curated = call("ada", "support", params);
        String sealed = states.seal(curated, STATE);
        assertThat(states.open(curated, sealed)).isEqualTo(STATE);
        assertRefused(states, call, sealed);
        assertRefused(states, call("ada", "other", params), sealed);
        assertRefused(states, curated, states.seal(call, STATE));
    }

    @Test
    void opensAStateOfVersion100WithoutEndpoint() throws Exception {
        JWEObject own = JWEObject.parse(states.seal(call, STATE));
        var key =
                new SecretKeySpec(
                        MessageDigest.getInstance("SHA-256")
                                .digest(OLD.getBytes(StandardCharsets.UTF_8)),
                        "AES");
        own.decrypt(new DirectDecrypter(key));
        var payload = (ObjectNode) JSON.readTree(own.getPayload().toString());
        payload.remove("e");
        var former = new JWEObject(own.getHeader(), new Payload(payload.toString()));
        former.encrypt(new DirectEncrypter(key));
        assertThat(states.open(call, former.serialize())).isEqualTo(STATE);
    }

    @Test
    void ignoresTheOrderOfKeysAndOtherMembers() {
        String sealed = states.seal(call, STATE);
        Call same =
                call(
                        "ada",
                        McpMethod.TOOLS_CALL,
                        "{\"inputResponses\":{},\"arguments\":{\"b\":[2],\"a\":1},\"name\":\"t\",\"_meta\":{}}");
        assertThat(states.open(same, sealed)).isEqualTo(STATE);
    }

    @Test
    void treatsAbsentArgumentsAsEmpty() {
        String sealed = states.seal(call("ada", McpMethod.TOOLS_CALL, "{\"name\":\"t\"}"), STATE);
        Call same = call("ada", McpMethod.TOOLS_CALL, "{\"name\":\"t\",\"arguments\":{}}");
        assertThat(states.open(same, sealed)).isEqualTo(STATE);
    }

    @Test
    void bindsArgumentsOfTheDeepestNesting() {
        String deep = nested(JsonRpcCodec.MAX_DEPTH - 3, "1");
        Call same = call("ada", McpMethod.TOOLS_CALL, deep);
        String sealed = states.seal(same, STATE);
        assertThat(states.open(same, sealed)).isEqualTo(STATE);
        Call other = call("ada", McpMethod.TOOLS_CALL, nested(JsonRpcCodec.MAX_DEPTH - 3, "\"1\""));
        assertRefused(states, other, sealed);
    }

    @Test
    void refusesAForeignStateWithoutHashingTheArguments() {
        var looks = new AtomicInteger();
        String sealed = states.seal(countingLooks(looks, "ada"), STATE);
        assertThat(looks).hasValue(1);
        assertRefused(
                states, countingLooks(looks, "ada"), "x".repeat(RequestStates.MAX_LENGTH + 1));
        assertRefused(states, countingLooks(looks, "ada"), "no JWE");
        assertRefused(states(NOW, NEW), countingLooks(looks, "ada"), sealed);
        assertRefused(states, countingLooks(looks, "ada"), sealed.substring(0, 100));
        assertRefused(states(NOW.plus(TTL), OLD), countingLooks(looks, "ada"), sealed);
        assertRefused(states, countingLooks(looks, "eve"), sealed);
        assertThat(looks).hasValue(1);
        assertThat(states.open(countingLooks(looks, "ada"), sealed)).isEqualTo(STATE);
        assertThat(looks).hasValue(2);
    }

    record Counted(AtomicInteger looks) {

        @JsonValue
        String look() {
            looks.incrementAndGet();
            return "always the same";
        }
    }

    /** Counts how often the arguments are written out. */
    private static Call countingLooks(AtomicInteger looks, String principal) {
        Call call = call(principal, McpMethod.TOOLS_CALL, "{\"name\":\"t\"}");
        call.params().putPOJO("arguments", new Counted(looks));
        return call;
    }

    @Test
    void distinguishesUnpairedSurrogates() {
        Call one = call("ada", McpMethod.TOOLS_CALL, "{\"name\":\"\\ud800\"}");
        String sealed = states.seal(one, STATE);
        assertThat(states.open(one, sealed)).isEqualTo(STATE);
        Call other = call("ada", McpMethod.TOOLS_CALL, "{\"name\":\"\\ud801\"}");
        assertRefused(states, other, sealed);
    }

    @Test
    void refusesToAskWithAStateThatIsTooLong() {
        JsonNode large = JSON.readTree("\"" + "x".repeat(RequestStates.MAX_LENGTH) + "\"");
        assertThatThrownBy(() -> states.seal(call, large))
                .isInstanceOf(InputRefusedException.class)
                .hasMessageContaining("longer than 1048576 characters");
    }

    private static String nested(int depth, String innermost) {
        return "{\"name\":\"t\",\"arguments\":"
                + "{\"\\\"\\\\\":[".repeat(depth / 2)
                + innermost
                + "]}".repeat(depth / 2)
                + "}";
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
    void usesARandomKeyIfNoneIsConfigured() {
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
        return call(session(principal, McpSession.MAIN_ENDPOINT), method, params);
    }

    private static Call call(String principal, String endpoint, String params) {
        return call(session(principal, endpoint), McpMethod.TOOLS_CALL, params);
    }

    private static McpSession session(String principal, String endpoint) {
        return new McpSession(
                endpoint,
                new Identity(new Caller(principal, Set.of(), null)),
                new RecordingConnection(),
                JsonRpcCodec.json(1000),
                new SessionLimits(1, TTL, new Rate(1000)));
    }

    private static Call call(McpSession session, McpMethod method, String params) {
        var json = (ObjectNode) JSON.readTree(params);
        return new Call(
                session,
                method,
                method.wireName(),
                ProtocolVersion.MODERN,
                ClientCapabilities.NONE,
                null,
                json,
                json.objectNode(),
                null,
                null);
    }
}
