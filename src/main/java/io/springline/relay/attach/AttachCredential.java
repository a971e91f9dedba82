package io.springline.relay.attach;

import io.springline.relay.attach.connection.Profile;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a server may do that has attached.
 *
 * @param token name of its token
 * @param names globs of the upstream names that it may have
 * @param identifier differs if the token under this name is another one
 */
record AttachCredential(String token, List<String> names, Profile profile, String identifier) {

    /** For a service without credentials. */
    static final AttachCredential ANONYMOUS =
            new AttachCredential("anonymous", List.of("*"), Profile.STANDARD, "");

    /** Returns whether a server with this credential may have the name. */
    boolean allows(String name) {
        return names.stream().anyMatch(glob -> matches(glob, name));
    }

    private static boolean matches(String glob, String name) {
        String expression =
                Pattern.compile("\\*")
                        .splitAsStream(glob)
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*", "", glob.endsWith("*") ? ".*" : ""));
        return name.matches(expression);
    }

    /**
     * Returns the only name that a server with this credential may have; null if there are more.
     */
    @Nullable String onlyName() {
        return names.size() == 1 && !names.getFirst().contains("*") ? names.getFirst() : null;
    }
}
