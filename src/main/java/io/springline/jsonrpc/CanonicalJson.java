package io.springline.jsonrpc;

import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes equal JSON values as equal bytes: the order of members does not matter. */
public final class CanonicalJson {

    /** Escapes non-ASCII characters, because UTF-8 cannot encode an unpaired surrogate. */
    public static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build();

    private CanonicalJson() {}

    /** Returns the SHA-256 of the value in Base64 for URLs. The text is not held in memory. */
    public static String digest(JsonNode value) {
        MessageDigest digest = sha256();
        MAPPER.writeValue(new DigestOutputStream(OutputStream.nullOutputStream(), digest), value);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
