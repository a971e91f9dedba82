package io.springline.resume.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A credential for one session: its id, a UUID, and 256 random bits in base64url. The server keeps
 * only the digest.
 */
public record ResumeToken(String value) {

    private static final int BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Pattern FORM =
            Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.[A-Za-z0-9_-]{43}");

    public ResumeToken {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not of the form of a resume token");
        }
    }

    /**
     * Returns the token that a client has sent, or null if its form is not that of a token. The
     * session id becomes part of Redis keys, so nothing else may pass.
     */
    public static @Nullable ResumeToken parse(String text) {
        return FORM.matcher(text).matches() ? new ResumeToken(text) : null;
    }

    public static ResumeToken random(String session) {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return new ResumeToken(
                session + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /**
     * Returns the session id that the token names. Only {@link #digest} proves that the client may
     * resume the session.
     */
    public String session() {
        return value.substring(0, value.indexOf('.'));
    }

    public String digest() {
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
