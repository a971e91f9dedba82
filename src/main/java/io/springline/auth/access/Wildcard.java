package io.springline.auth.access;

import java.util.Collection;

/**
 * A pattern in which {@code *} matches any number of characters, including none. Matching searches
 * the parts between the asterisks from left to right without backtracking.
 */
public record Wildcard(String pattern) {

    /** Returns true if at least one of the patterns matches at least one of the names. */
    public static boolean anyMatches(Collection<String> patterns, Collection<String> names) {
        return patterns.stream()
                .anyMatch(pattern -> names.stream().anyMatch(new Wildcard(pattern)::matches));
    }

    public boolean matches(String name) {
        String[] parts = pattern.split("\\*", -1);
        if (parts.length == 1) {
            return pattern.equals(name);
        }
        String last = parts[parts.length - 1];
        int at = parts[0].length();
        int end = name.length() - last.length();
        if (at > end || !name.startsWith(parts[0]) || !name.endsWith(last)) {
            return false;
        }
        for (int i = 1; i < parts.length - 1; i++) {
            int found = name.indexOf(parts[i], at);
            if (found < 0 || found + parts[i].length() > end) {
                return false;
            }
            at = found + parts[i].length();
        }
        return true;
    }
}
