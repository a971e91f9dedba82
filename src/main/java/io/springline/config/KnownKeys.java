package io.springline.config;

import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;

/**
 * The property names that can be set, derived from the records that are bound to them. In a name,
 * {@code *} matches an index or a map key, and {@code **} at the end matches the rest of the name.
 */
final class KnownKeys {

    private static final String GROUP = "springline";

    private final List<List<String>> patterns = new ArrayList<>();

    /** Adds all properties of a type that is bound to the prefix. */
    void add(String prefix, Class<?> bound) {
        add(elements(prefix), bound);
    }

    private void add(List<String> at, Type type) {
        if (type instanceof ParameterizedType parameterized) {
            Class<?> raw = (Class<?>) parameterized.getRawType();
            Type[] arguments = parameterized.getActualTypeArguments();
            Type element = arguments[arguments.length - 1];
            boolean isMap = Map.class.isAssignableFrom(raw);
            if (isMap || Collection.class.isAssignableFrom(raw)) {
                patterns.add(at);
                boolean isRecord = element instanceof Class<?> c && isOurs(c);
                add(with(at, isMap && !isRecord ? "**" : "*"), element);
                return;
            }
        }
        if (type instanceof Class<?> record && isOurs(record)) {
            for (RecordComponent each : record.getRecordComponents()) {
                add(
                        with(at, DataObjectPropertyName.toDashedForm(each.getName())),
                        each.getGenericType());
            }
        } else {
            patterns.add(at);
        }
    }

    /**
     * Returns true for a record of this project that is bound component by component. A type with a
     * static method such as {@code valueOf(String)} is converted from one text instead.
     */
    private static boolean isOurs(Class<?> type) {
        return type.isRecord()
                && type.getPackageName().startsWith("io.springline")
                && Arrays.stream(type.getDeclaredMethods())
                        .noneMatch(each ->
                                Modifier.isStatic(each.getModifiers())
                                        && each.getReturnType() == type
                                        && Arrays.equals(
                                                each.getParameterTypes(),
                                                new Class<?>[] {String.class}));
    }

    /**
     * Returns true if a key begins with {@code springline}, or with a word that differs from it in
     * one or two characters. A dot, a bracket or an underscore may follow: {@code
     * sprinline.cluster} and {@code springline_cluster} count, too.
     */
    static boolean isOfGroup(String name) {
        String first = name.toLowerCase(Locale.ROOT).split("[.\\[_]", 2)[0].replace("-", "");
        return Math.abs(first.length() - GROUP.length()) <= 2 && distance(first, GROUP) <= 2;
    }

    boolean contains(String name) {
        List<String> elements = elements(name);
        return patterns.stream().anyMatch(pattern -> matches(pattern, elements));
    }

    /**
     * Returns true if an environment variable sets a known property. In its name, dots and brackets
     * are underscores, and dashes are underscores or omitted.
     */
    boolean containsVariable(String name) {
        String letters = letters(name);
        return patterns.stream()
                .map(pattern ->
                        pattern.stream()
                                .map(each -> each.startsWith("*") ? ".+" : letters(each))
                                .collect(Collectors.joining()))
                .anyMatch(letters::matches);
    }

    /** Returns the known name with the smallest edit distance. */
    String nearest(String name) {
        List<String> elements = elements(name);
        String wanted = name.toLowerCase(Locale.ROOT);
        return patterns.stream()
                .map(pattern -> filled(pattern, elements))
                .min(
                        Comparator.comparingInt(
                                each -> distance(each.toLowerCase(Locale.ROOT), wanted)))
                .orElse("none");
    }

    private static boolean matches(List<String> pattern, List<String> elements) {
        for (int i = 0; i < pattern.size(); i++) {
            if (pattern.get(i).equals("**")) {
                return elements.size() > i;
            }
            boolean same =
                    i < elements.size()
                            && (pattern.get(i).equals("*")
                                    || letters(pattern.get(i)).equals(letters(elements.get(i))));
            if (!same) {
                return false;
            }
        }
        return elements.size() == pattern.size();
    }

    /** The pattern as a key, with the indexes and the keys of maps of the elements. */
    private static String filled(List<String> pattern, List<String> elements) {
        var filled = new StringBuilder();
        for (int i = 0; i < pattern.size(); i++) {
            boolean star = pattern.get(i).startsWith("*");
            String element = star && i < elements.size() ? elements.get(i) : pattern.get(i);
            if (star && !element.matches("[A-Za-z*][A-Za-z0-9*-]*")) {
                filled.append('[').append(element).append(']');
            } else {
                filled.append(i == 0 ? "" : ".").append(element);
            }
        }
        return filled.toString();
    }

    private static List<String> with(List<String> elements, String last) {
        var longer = new ArrayList<>(elements);
        longer.add(last);
        return longer;
    }

    /** Splits {@code a.b[0].c} into {@code a, b, 0, c}; {@code [a.b]} is one element. */
    private static List<String> elements(String name) {
        var elements = new ArrayList<String>();
        var element = new StringBuilder();
        boolean bracketed = false;
        for (char c : name.toCharArray()) {
            bracketed = c == '[' || bracketed && c != ']';
            if (c == ']' || c == '[' || c == '.' && !bracketed) {
                if (!element.isEmpty()) {
                    elements.add(element.toString());
                    element.setLength(0);
                }
            } else {
                element.append(c);
            }
        }
        if (!element.isEmpty()) {
            elements.add(element.toString());
        }
        return elements;
    }

    private static String letters(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[-_.]", "");
    }

    /** Returns the Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] last = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            last[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(last[j], row[j - 1]) + 1);
            }
            last = row;
        }
        return last[b.length()];
    }
}
