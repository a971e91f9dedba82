package io.springline.config;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The rules for names of upstreams and curated endpoints, which are segments of their paths. */
public final class EndpointNames {

    public static final int MAX_LENGTH = 32;

    private static final Pattern VALID =
            Pattern.compile("(?!\\.+$)[A-Za-z0-9_.-]{1," + MAX_LENGTH + "}");

    /** Path segments below the main endpoint that have another meaning. */
    private static final Set<String> RESERVED = Set.of("attach", "ticket");

    private EndpointNames() {}

    public static boolean isValid(String name) {
        return VALID.matcher(name).matches();
    }

    /** Returns true if the path of this name would have another meaning, in upper or lower case. */
    public static boolean isReserved(String name) {
        return RESERVED.contains(name.toLowerCase(Locale.ROOT));
    }
}
