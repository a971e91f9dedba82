package io.springline.relay.config;

import java.text.Normalizer;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Assigns upstream names that are valid in a path segment and as a tool prefix.
 *
 * <p>{@code My Notes Server} becomes {@code My-Notes-Server}, {@code @a/b} becomes {@code a-b}. Not
 * thread-safe.
 */
public final class UpstreamNames {

    static final int MAX_LENGTH = 32;
    static final String VALID = "[A-Za-z0-9_.-]{1," + MAX_LENGTH + "}";

    /** Path segments below an endpoint that are not upstreams. */
    private static final Set<String> RESERVED = Set.of("attach", "ticket");

    private final Set<String> taken;

    /**
     * Creates an assigner.
     *
     * @param taken names that are not available
     */
    UpstreamNames(Set<String> taken) {
        this.taken = new HashSet<>(taken);
    }

    public static boolean isValid(String name) {
        return name.matches(VALID) && !name.matches("\\.+");
    }

    /** Returns true if the path of an upstream of this name would have another meaning. */
    public static boolean isReserved(String name) {
        return RESERVED.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Returns true if an upstream can have the name as it is. */
    static boolean isUsable(String name) {
        return isValid(name) && !isReserved(name);
    }

    /**
     * Reserves and returns the name, made valid, with a number at its end if it is taken or
     * reserved.
     */
    String claim(String name) {
        String base = isValid(name) ? name : normalized(name);
        String unique = base;
        for (int n = 2; isReserved(unique) || !taken.add(unique); n++) {
            String number = "-" + n;
            unique = cut(base, MAX_LENGTH - number.length()) + number;
        }
        return unique;
    }

    private static String normalized(String name) {
        String plain =
                Normalizer.normalize(name, Normalizer.Form.NFKD)
                        .replaceAll("\\p{M}+", "")
                        .replaceAll("[^A-Za-z0-9_.]+", "-")
                        .replaceAll("^[-.]+", "");
        String cut = cut(plain, MAX_LENGTH);
        return cut.isEmpty() ? "server" : cut;
    }

    private static String cut(String text, int length) {
        return text.substring(0, Math.min(text.length(), length)).replaceAll("[-.]+$", "");
    }
}
