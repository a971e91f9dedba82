package io.springline.feature.uri;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells whether a URI may be an expansion of an RFC 6570 template, of any level. A simple
 * expression, {@code {name}}, matches text without {@code /}, {@code ?} and {@code #}; any other
 * expression matches any text.
 *
 * <p>The time is proportional to the product of both lengths. Since upstreams can write templates,
 * one of more than 1,000 characters matches nothing.
 */
public final class TemplateGlob {

    private static final Pattern EXPRESSION = Pattern.compile("\\{([^{}]*)}");
    private static final Pattern SIMPLE = Pattern.compile("[A-Za-z0-9_.%,]+");

    /** Replaces a simple expression. Neither this nor {@link #ANYTHING} occurs in URIs. */
    private static final char SEGMENT = '\0';

    /** Replaces any other expression. */
    private static final char ANYTHING = '\1';

    private static final int MAX_TEMPLATE = 1_000;

    private final String glob;
    private final boolean tooLong;

    public TemplateGlob(String template) {
        tooLong = template.length() > MAX_TEMPLATE;
        Matcher expressions = EXPRESSION.matcher(tooLong ? "" : template);
        glob =
                expressions.replaceAll(found ->
                        String.valueOf(
                                SIMPLE.matcher(found.group(1)).matches() ? SEGMENT : ANYTHING));
    }

    public boolean matches(String uri) {
        if (tooLong) {
            return false;
        }
        // reached[i]: the first i characters of the glob match the text so far.
        boolean[] reached = new boolean[glob.length() + 1];
        reached[0] = true;
        skipWildcards(reached);
        for (int at = 0; at < uri.length(); at++) {
            char next = uri.charAt(at);
            boolean alive = false;
            for (int i = glob.length(); i > 0; i--) {
                char wanted = glob.charAt(i - 1);
                reached[i] =
                        isWildcard(wanted)
                                ? (reached[i] || reached[i - 1]) && covers(wanted, next)
                                : reached[i - 1] && wanted == next;
                alive |= reached[i];
            }
            reached[0] = false;
            if (!alive) {
                return false;
            }
            skipWildcards(reached);
        }
        return reached[glob.length()];
    }

    /** A wildcard also matches the empty text. */
    private void skipWildcards(boolean[] reached) {
        for (int i = 1; i <= glob.length(); i++) {
            reached[i] |= reached[i - 1] && isWildcard(glob.charAt(i - 1));
        }
    }

    private static boolean isWildcard(char character) {
        return character == SEGMENT || character == ANYTHING;
    }

    private static boolean covers(char wildcard, char character) {
        return wildcard == ANYTHING || "/?#".indexOf(character) < 0;
    }
}
