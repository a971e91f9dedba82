package io.springline.auth;

import io.springline.session.Caller;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How the configuration writes the hash of a token: {@code sha256:} and 64 hex digits. */
final class TokenHash {

    private static final String PREFIX = "sha256:";
    private static final Pattern FORM = Pattern.compile(PREFIX + "[0-9a-fA-F]{64}");

    private TokenHash() {}

    /**
     * @param property that the token is configured by
     * @throws IllegalArgumentException if the hash has another form, or the name is reserved
     */
    static void check(String property, @Nullable String name, @Nullable String hash) {
        if (name == null || hash == null) {
            throw new IllegalArgumentException(property + ": each needs a name and a hash");
        }
        if (!FORM.matcher(hash).matches()) {
            throw new IllegalArgumentException(
                    "%s: the hash of '%s' must be sha256: and 64 hex digits"
                            .formatted(property, name));
        }
        if (Caller.isReserved(name)) {
            throw new IllegalArgumentException(
                    "%s: '%s' cannot be the name of a principal".formatted(property, name));
        }
    }

    /** Returns the hexadecimal digits alone. */
    static String digest(String hash) {
        return hash.substring(PREFIX.length()).toLowerCase(Locale.ROOT);
    }
}
