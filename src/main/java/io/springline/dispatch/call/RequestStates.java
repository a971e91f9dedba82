package io.springline.dispatch.call;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import io.springline.feature.InputRefusedException;
import io.springline.jsonrpc.CanonicalJson;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Encrypts the state of a multi-round-trip request into the {@code requestState} that the client
 * sends back.
 *
 * <p>A {@code requestState} is a JWE ({@code dir}, {@code A256GCM}): the client can neither read
 * nor change it. It is valid for a limited time, and only for the same endpoint, principal, method,
 * name or URI, and arguments. Time and memory are proportional to the size of the request.
 *
 * @see <a href="https://modelcontextprotocol.io/specification/2026-07-28">MCP 2026-07-28, MRTR</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7516">RFC 7516, JWE</a>
 */
public final class RequestStates {

    /** Longest {@code requestState}, in characters. A longer one is neither sent nor decrypted. */
    static final int MAX_LENGTH = 1024 * 1024;

    private static final int KEY_ID_LENGTH = 8;
    private static final List<String> BOUND_MEMBERS = List.of("name", "uri", "arguments");

    /**
     * @param header holds the key's id; equal for all states that the key encrypts
     */
    private record Key(JWEHeader header, SecretKey secret) {

        static Key of(byte[] secret) {
            byte[] key = sha256().digest(secret);
            String id = base64Url(sha256().digest(key)).substring(0, KEY_ID_LENGTH);
            var header = new JWEHeader.Builder(JWEAlgorithm.DIR, EncryptionMethod.A256GCM);
            return new Key(header.keyID(id).build(), new SecretKeySpec(key, "AES"));
        }

        boolean madeHeaderOf(String sealed) {
            return sealed.startsWith(header.toBase64URL() + ".");
        }
    }

    private final List<Key> keys = new ArrayList<>();
    private final Clock clock;
    private final Duration timeToLive;

    /**
     * @param secrets must be the same on all nodes. The first one encrypts; each of them decrypts.
     *     To rotate, add the new secret in front. If the list is empty, a random key is used, and
     *     states are valid on this node only
     */
    public RequestStates(List<String> secrets, Clock clock, Duration timeToLive) {
        secrets.forEach(secret -> keys.add(Key.of(secret.getBytes(StandardCharsets.UTF_8))));
        if (keys.isEmpty()) {
            byte[] random = new byte[32];
            new SecureRandom().nextBytes(random);
            keys.add(Key.of(random));
        }
        this.clock = clock;
        this.timeToLive = timeToLive;
    }

    /**
     * Returns the {@code requestState} that carries {@code state} for this call.
     *
     * @throws InputRefusedException if it would be longer than {@link #MAX_LENGTH}
     */
    String seal(Call call, JsonNode state) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        payload.put("exp", clock.instant().plus(timeToLive).getEpochSecond());
        payload.put("e", call.session().endpoint());
        payload.put("sub", call.session().caller().name());
        payload.put("m", call.method().wireName());
        payload.put("d", digest(call.params()));
        payload.set("s", state);
        String sealed = encrypt(CanonicalJson.MAPPER.writeValueAsBytes(payload));
        if (sealed.length() > MAX_LENGTH) {
            throw new InputRefusedException(
                    "Cannot ask for input: the state of the call is longer than %d characters"
                            .formatted(MAX_LENGTH));
        }
        return sealed;
    }

    /**
     * Returns the state that {@code sealed} carries.
     *
     * @throws JsonRpcException {@code -32602} if this server did not issue {@code sealed}, if it
     *     has expired, or if it belongs to another call
     */
    JsonNode open(Call call, String sealed) {
        JsonNode payload = decrypt(sealed);
        // The digest is compared last: only its cost depends on what the client sent.
        boolean valid =
                payload.path("exp").asLong() > clock.instant().getEpochSecond()
                        && isOfEndpoint(payload, call.session().endpoint())
                        && payload.path("sub").asString("").equals(call.session().caller().name())
                        && payload.path("m").asString("").equals(call.method().wireName())
                        && payload.path("d").asString("").equals(digest(call.params()));
        if (!valid) {
            throw invalid();
        }
        return payload.path("s");
    }

    /** Accepts the states of version 1.0.0, which name no endpoint. */
    private static boolean isOfEndpoint(JsonNode payload, String endpoint) {
        return !payload.has("e") || payload.path("e").asString("").equals(endpoint);
    }

    private String encrypt(byte[] payload) {
        Key key = keys.getFirst();
        var jwe = new JWEObject(key.header(), new Payload(payload));
        try {
            jwe.encrypt(new DirectEncrypter(key.secret()));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return jwe.serialize();
    }

    private JsonNode decrypt(String sealed) {
        if (sealed.length() > MAX_LENGTH) {
            throw invalid();
        }
        // Compares the header with the expected bytes, so that no header from the client is parsed.
        Key key =
                keys.stream()
                        .filter(each -> each.madeHeaderOf(sealed))
                        .findFirst()
                        .orElseThrow(RequestStates::invalid);
        try {
            JWEObject jwe = JWEObject.parse(sealed);
            jwe.decrypt(new DirectDecrypter(key.secret()));
            return CanonicalJson.MAPPER.readTree(jwe.getPayload().toBytes());
        } catch (ParseException | JOSEException e) {
            throw invalid();
        }
    }

    /**
     * Returns a hash of what must be equal in every round: the name or URI, and the arguments. The
     * order of members does not matter.
     */
    private static String digest(ObjectNode params) {
        ObjectNode bound = JsonNodeFactory.instance.objectNode();
        for (String member : BOUND_MEMBERS) {
            JsonNode value = params.path(member);
            if (!value.isEmpty() || value.isValueNode()) { // absent arguments are no arguments
                bound.set(member, value);
            }
        }
        return CanonicalJson.digest(bound);
    }

    private static String base64Url(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonRpcException invalid() {
        return ErrorCode.INVALID_PARAMS.exception(
                "Invalid params: requestState was not issued by this server for this call, or"
                        + " has expired");
    }
}
