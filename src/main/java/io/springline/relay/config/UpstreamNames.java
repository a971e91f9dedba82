package io.springline.relay.config;

import io.springline.config.EndpointNames;
import java.text.Normalizer;
import java.util.HashSet;
import java.util.Set;

/**
 * Assigns upstream names that are valid in a path segment and as a tool prefix.
 *
 * <p>{@code My Notes Server} becomes {@code My-Notes-Server}, {@code @a/b} becomes {@code a-b}. Not
 * thread-safe.
 */
final class UpstreamNames {

    private final Set<String> taken;

    /**
     * Creates an assigner.
     *
     * @param taken names that are not available
     */
    UpstreamNames(Set<String> taken) {
        this.taken = new HashSet<>(taken);
    }

    /** Returns true if an upstream can have the name as it is. */
    static boolean isUsable(String name) {
        return EndpointNames.isValid(name) && !EndpointNames.isReserved(name);
    }

    /**
     * Reserves and returns the name, made valid, with a number at its end if it is taken or
     * reserved.
     */
    String claim(String name) {
        String base = EndpointNames.isValid(name) ? name : normalized(name);
        String unique = base;
        for (int n = 2; EndpointNames.isReserved(unique) || !taken.add(unique); n++) {
            String number = "-" + n;
            unique = cut(base, EndpointNames.MAX_LENGTH - number.length()) + number;
        }
        return unique;
    }

    private static String normalized(String name) {
        String plain =
                Normalizer.normalize(name, Normalizer.Form.NFKD)
                        .replaceAll("\\p{M}+", "")
                        .replaceAll("[^A-Za-z0-9_.]+", "-")
                        .replaceAll("^[-.]+", "");
        String cut = cut(plain, EndpointNames.MAX_LENGTH);
        return cut.isEmpty() ? "server" : cut;
    }

    private static String cut(String text, int length) {
        return text.substring(0, Math.min(text.length(), length)).replaceAll("[-.]+$", "");
    }
}
