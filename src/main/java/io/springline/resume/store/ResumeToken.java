package io.springline.resume.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A credential for one session: its id, a UUID, and 256 random bits in base64url; the server keeps
 * only their digest. What a client has also names the owner that has granted it, since each owner
 * counts messages for itself.
 */
public record ResumeToken(String value) {

    private static final int BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Pattern FORM =
            Pattern.compile(
                    "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.[A-Za-z0-9_-]{43})(?:\\.([0-9]{1,15}))?");

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

    /** Returns this token as granted by the owner with this fencing token. */
    public ResumeToken grantedBy(long fence) {
        return new ResumeToken(part(1) + "." + fence);
    }

    /**
     * Returns the fencing token of the owner that has granted this token, or 0 if it names none.
     */
    public long granter() {
        String fence = part(2);
        return fence == null ? 0 : Long.parseLong(fence);
    }

    private @Nullable String part(int group) {
        Matcher matcher = FORM.matcher(value);
        return matcher.matches() ? matcher.group(group) : null;
    }

    /** Returns the digest of the id and the random bits. */
    public String digest() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(
                                    Objects.requireNonNull(part(1))
                                            .getBytes(StandardCharsets.UTF_8));
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
