package io.springline.curation;

import io.springline.auth.access.Wildcard;
import java.util.Collection;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A pattern for features: {@code search*} by name, {@code destructiveHint=true} by annotation of a
 * tool, each optionally with an upstream in front, as {@code docs/search*}.
 */
final class FeaturePattern {

    /** The annotations of tools, with the values that apply if a tool does not have them. */
    private static final Map<String, Boolean> HINTS =
            Map.of(
                    "readOnlyHint", false,
                    "destructiveHint", true,
                    "idempotentHint", false,
                    "openWorldHint", true);

    private static final Pattern HINT = Pattern.compile("(\\w+Hint)=(.*)");

    private final @Nullable String source;
    private final @Nullable String hint;
    private final boolean wanted;
    private final Wildcard name;

    /**
     * @param ofTools whether the pattern is for tools, which have annotations and no slash in names
     * @param sources whether a name is that of an upstream of the endpoint, or {@code local}
     * @throws IllegalArgumentException if the pattern is invalid
     */
    FeaturePattern(String text, boolean ofTools, Predicate<String> sources) {
        int slash = text.indexOf('/');
        String first = slash < 0 ? "" : text.substring(0, slash);
        boolean hasSource = slash > 0 && sources.test(first);
        if (ofTools && slash >= 0 && !hasSource) {
            throw new IllegalArgumentException(
                    "'%s' is not one of the endpoint's upstreams".formatted(first));
        }
        source = hasSource ? first : null;
        String rest = hasSource ? text.substring(slash + 1) : text;
        if (rest.isBlank()) {
            throw new IllegalArgumentException("a pattern is empty; * stands for every name");
        }
        Matcher matcher = HINT.matcher(rest);
        boolean hasHint = ofTools && matcher.matches();
        if (hasHint
                && !(HINTS.containsKey(matcher.group(1))
                        && matcher.group(2).matches("true|false"))) {
            throw new IllegalArgumentException(
                    "an annotation is readOnlyHint, destructiveHint, idempotentHint or"
                            + " openWorldHint, then =true or =false");
        }
        hint = hasHint ? matcher.group(1) : null;
        wanted = hasHint && matcher.group(2).equals("true");
        name = new Wildcard(hasHint ? "*" : rest);
    }

    boolean matches(String from, Collection<String> names, JsonNode annotations) {
        if (source != null && !source.equals(from)) {
            return false;
        }
        return hint == null ? names.stream().anyMatch(name::matches) : has(hint, annotations);
    }

    /** A tool that changes nothing destroys nothing, whatever its other annotations are. */
    private boolean has(String hint, JsonNode annotations) {
        boolean value = annotations.path(hint).asBoolean(HINTS.getOrDefault(hint, false));
        if (hint.equals("destructiveHint") && annotations.path("readOnlyHint").asBoolean(false)) {
            value = false;
        }
        return value == wanted;
    }
}
