package io.springline.session;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * What a client proves its session with: the session's id, and 256 random bits in base64url. The
 * service keeps its digest alone.
 */
public record ResumeToken(String value) {

    private static final int BYTES = 32;
    private static final int MAX_ID = 36;
    private static final SecureRandom RANDOM = new SecureRandom();

    static ResumeToken random(String session) {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return new ResumeToken(
                session + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /** The session that it claims to be of; nothing but {@link #digest} proves it. */
    String session() {
        int dot = value.indexOf('.');
        return dot < 0 || dot > MAX_ID ? "" : value.substring(0, dot);
    }

    String digest() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(value.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return "ResumeToken[…]";
    }
}
