package io.springline.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A property whose old name is still accepted. Names below it, such as elements of a list, are
 * renamed with it. In both names, {@code *} stands for the key of a map or the index of a list.
 */
final class RenamedProperty {

    /** The name of a property, as the user has written it. */
    private static final String PLAIN_KEY = "(\\[[^\\]]*\\]|\\.[^.\\[\\]]+)";

    private final String oldName;
    private final String newName;
    private final String until;
    private final Pattern oldProperty;
    private final Pattern newProperty;
    private final Pattern oldVariable;
    private final Pattern newVariable;

    /**
     * @param until the first version that does not accept the old name
     * @throws IllegalArgumentException if the new name is below the old one, or the names have
     *     different numbers of {@code *}
     */
    RenamedProperty(String oldName, String newName, String until) {
        if (newName.startsWith(oldName + ".") || stars(oldName) != stars(newName)) {
            throw new IllegalArgumentException(oldName + " cannot be renamed to " + newName);
        }
        this.oldName = oldName;
        this.newName = newName;
        this.until = until;
        this.oldProperty = property(oldName);
        this.newProperty = property(newName);
        this.oldVariable = variable(oldName);
        this.newVariable = variable(newName);
    }

    private static long stars(String name) {
        return name.chars().filter(each -> each == '*').count();
    }

    private static Stream<String> elements(String name) {
        return Stream.of(name.split("\\."));
    }

    /** Matches the name and those below it, with the differences of relaxed binding. */
    private static Pattern property(String name) {
        String pattern =
                elements(name)
                        .map(each -> each.equals("*") ? PLAIN_KEY : "\\.?" + letters(each, "[-_]?"))
                        .collect(Collectors.joining("", "", "([.\\[].*)?"));
        return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE);
    }

    /** Matches environment variables of the name and of those below it. */
    private static Pattern variable(String name) {
        String pattern =
                elements(name)
                        .map(each -> each.equals("*") ? "(.+?)" : letters(each, "_?"))
                        .collect(Collectors.joining("_", "", "(_.*)?"));
        return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE);
    }

    private static String letters(String element, String separator) {
        return element.replace("-", "")
                .chars()
                .mapToObj(each -> Pattern.quote(Character.toString(each)))
                .collect(Collectors.joining(separator));
    }

    /**
     * Returns the new name for an old one, with the same keys of maps, indexes and names below it.
     * Returns null for any other name.
     *
     * @param isVariable whether the name is that of an environment variable
     */
    @Nullable String renamed(String name, boolean isVariable) {
        Matcher matcher = (isVariable ? oldVariable : oldProperty).matcher(name);
        if (!matcher.matches()) {
            return null;
        }
        return isVariable
                ? filled(
                        matcher,
                        "_",
                        element -> element.replace("-", "").toUpperCase(Locale.ROOT),
                        "_")
                : filled(matcher, ".", element -> element, "");
    }

    private String filled(
            Matcher matcher, String separator, Function<String, String> form, String beforeKey) {
        var filled = new StringBuilder();
        int group = 0;
        for (String element : elements(newName).toList()) {
            if (element.equals("*")) {
                filled.append(beforeKey).append(matcher.group(++group));
            } else {
                filled.append(filled.isEmpty() ? "" : separator).append(form.apply(element));
            }
        }
        String below = matcher.group(group + 1);
        return filled.append(below == null ? "" : below).toString();
    }

    /**
     * Returns the keys and indexes that stand for {@code *} in an old name, or null for any other
     * name. An old and a new name with equal keys are the same property.
     */
    @Nullable List<String> oldKeys(String name, boolean isVariable) {
        return keys((isVariable ? oldVariable : oldProperty).matcher(name));
    }

    /** Returns the keys of a new name, as {@link #oldKeys} does of an old one. */
    @Nullable List<String> newKeys(String name, boolean isVariable) {
        return keys((isVariable ? newVariable : newProperty).matcher(name));
    }

    private static @Nullable List<String> keys(Matcher matcher) {
        if (!matcher.matches()) {
            return null;
        }
        var keys = new ArrayList<String>();
        for (int i = 1; i < matcher.groupCount(); i++) {
            keys.add(matcher.group(i).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", ""));
        }
        return keys;
    }

    /** Returns what users must do. */
    String advice() {
        return "'%s' is the old name of '%s', and is accepted until version %s"
                .formatted(oldName, newName, until);
    }
}
