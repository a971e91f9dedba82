package io.springline.auth.token;

import io.springline.session.Caller;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The syntax of a token's hash in the configuration: {@code sha256:} and 64 hexadecimal digits. */
public final class TokenHash {

    private static final String PREFIX = "sha256:";
    private static final Pattern FORM = Pattern.compile(PREFIX + "[0-9a-fA-F]{64}");

    private TokenHash() {}

    /**
     * Checks the name and the hash of a configured token.
     *
     * @param property the property with the token, for the message
     * @throws IllegalArgumentException if one is missing or invalid, or if the name is reserved
     */
    public static void check(String property, @Nullable String name, @Nullable String hash) {
        if (name == null || hash == null) {
            throw new IllegalArgumentException(property + ": each entry needs a name and a hash");
        }
        if (!FORM.matcher(hash).matches()) {
            throw new IllegalArgumentException(
                    "%s: the hash of '%s' must be 'sha256:' and 64 hexadecimal digits"
                            .formatted(property, name));
        }
        if (Caller.isReserved(name)) {
            throw new IllegalArgumentException(
                    "%s: the name '%s' is blank or reserved; choose another one"
                            .formatted(property, name));
        }
    }

    /** Returns the SHA-256 of the token in UTF-8, as 64 lower-case hexadecimal digits. */
    public static String of(String token) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the hexadecimal digits of a configured hash, in lower case. */
    public static String digest(String hash) {
        return hash.substring(PREFIX.length()).toLowerCase(Locale.ROOT);
    }
}
