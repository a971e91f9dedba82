package io.springline.dispatch;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Seals what a handler wants to find again on the next round of a multi-round-trip request into the
 * {@code requestState} that the client carries: unreadable and unchangeable for it (AES-256-GCM),
 * good for a limited time, for the same principal, method and arguments only.
 *
 * @see <a href="https://modelcontextprotocol.io/specification/2026-07-28">MCP 2026-07-28, MRTR</a>
 */
final class RequestStates {

    private static final String PREFIX = "v1.";
    private static final int IV_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final JsonMapper JSON = new JsonMapper();

    private final SecureRandom random = new SecureRandom();
    private final List<SecretKey> keys = new ArrayList<>();
    private final Clock clock;
    private final Duration timeToLive;

    /**
     * @param secrets the first seals, all of them open, so that a new one can be put in front;
     *     shared by all nodes
     */
    RequestStates(List<String> secrets, Clock clock, Duration timeToLive) {
        secrets.forEach(secret -> keys.add(key(secret.getBytes(StandardCharsets.UTF_8))));
        if (keys.isEmpty()) {
            byte[] own = new byte[32];
            random.nextBytes(own);
            keys.add(key(own));
        }
        this.clock = clock;
        this.timeToLive = timeToLive;
    }

    String seal(Call call, JsonNode state) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        payload.put("exp", clock.instant().plus(timeToLive).getEpochSecond());
        payload.put("sub", call.session().caller().name());
        payload.put("m", call.method().wireName());
        payload.put("d", digest(call));
        payload.set("s", state);
        byte[] iv = new byte[IV_BYTES];
        random.nextBytes(iv);
        byte[] sealed =
                crypt(Cipher.ENCRYPT_MODE, keys.getFirst(), iv, JSON.writeValueAsBytes(payload));
        byte[] whole = ByteBuffer.allocate(iv.length + sealed.length).put(iv).put(sealed).array();
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
    }

    /**
     * @throws JsonRpcException {@code -32602} unless it is ours, fresh and for this very call
     */
    JsonNode open(Call call, String sealed) {
        JsonNode payload = decrypt(sealed);
        boolean valid =
                payload.path("exp").asLong() > clock.instant().getEpochSecond()
                        && payload.path("sub").asString("").equals(call.session().caller().name())
                        && payload.path("m").asString("").equals(call.method().wireName())
                        && payload.path("d").asString("").equals(digest(call));
        if (!valid) {
            throw invalid();
        }
        return payload.path("s");
    }

    private JsonNode decrypt(String sealed) {
        byte[] whole;
        try {
            if (!sealed.startsWith(PREFIX)) {
                throw invalid();
            }
            whole = Base64.getUrlDecoder().decode(sealed.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            throw invalid();
        }
        if (whole.length <= IV_BYTES) {
            throw invalid();
        }
        byte[] iv = Arrays.copyOf(whole, IV_BYTES);
        byte[] content = Arrays.copyOfRange(whole, IV_BYTES, whole.length);
        for (SecretKey key : keys) {
            try {
                return JSON.readTree(crypt(Cipher.DECRYPT_MODE, key, iv, content));
            } catch (IllegalStateException | JacksonException otherKey) {
                continue;
            }
        }
        throw invalid();
    }

    private static byte[] crypt(int mode, SecretKey key, byte[] iv, byte[] content) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, iv));
            return cipher.doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * What must be the same on every round: the name or URI, and the arguments, in any key order.
     */
    private static String digest(Call call) {
        var salient = new TreeMap<String, JsonNode>();
        for (String member : List.of("name", "uri", "arguments")) {
            JsonNode value = call.params().path(member);
            if (!value.isEmpty() || value.isValueNode()) { // absent arguments are no arguments
                salient.put(member, value);
            }
        }
        byte[] canonical = canonical(JSON.valueToTree(salient)).getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(sha256(canonical));
    }

    private static String canonical(JsonNode node) {
        if (node.isObject()) {
            var members = new TreeMap<String, String>();
            node.forEachEntry((name, value) -> members.put(name, canonical(value)));
            return JSON.writeValueAsString(members);
        }
        if (node.isArray()) {
            return JSON.writeValueAsString(
                    node.valueStream().map(RequestStates::canonical).toList());
        }
        return node.toString();
    }

    private static SecretKey key(byte[] secret) {
        return new SecretKeySpec(sha256(secret), "AES");
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonRpcException invalid() {
        return ErrorCode.INVALID_PARAMS.exception(
                "Invalid params: requestState is not one that this server gave out for this call, or"
                        + " has expired");
    }
}
