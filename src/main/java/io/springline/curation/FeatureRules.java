package io.springline.curation;

import io.springline.curation.EndpointsProperties.Annotations;
import io.springline.curation.EndpointsProperties.Rules;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The rules of one endpoint for the features of one kind. Immutable. */
public final class FeatureRules {

    /** The kinds of features that have rules of their own. */
    public enum Kind {
        TOOLS,
        PROMPTS,
        RESOURCES
    }

    /** Stands for the features of this service where an upstream can be named. */
    public static final String LOCAL = "local";

    /** Most matches of a rule that a message names. */
    private static final int MAX_SHOWN = 5;

    private static final Pattern TOOL_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

    /**
     * A feature before the rules.
     *
     * @param origin what the caller knows about it
     * @param source its upstream, or {@link #LOCAL}
     * @param name its name at its source; for a resource the URI or URI template
     */
    public record Entry<S>(S origin, String source, String name, ObjectNode definition) {}

    /**
     * A feature after the rules.
     *
     * @param name its name at the endpoint, unless another feature has it, too
     * @param renamed whether a rule gives it this name
     * @param definition with the new title, description and annotations, but with its old name
     */
    public record Shown<S>(Entry<S> entry, String name, boolean renamed, ObjectNode definition) {}

    /**
     * A feature that the endpoint does not offer.
     *
     * @param rule the rule that hides it
     */
    public record Hidden(String source, String name, String rule) {}

    public record Outcome<S>(List<Shown<S>> shown, List<Hidden> hidden) {}

    /** A pattern of {@code include} or {@code exclude}, with the words that name it. */
    private record PatternRule(String label, FeaturePattern pattern) {}

    private final String property;
    private final Kind kind;
    private final Rules rules;
    private final List<PatternRule> include;
    private final List<PatternRule> exclude;

    /**
     * @param property name of the property with the rules, for messages
     * @param sources whether a name is that of an upstream of the endpoint, or {@link #LOCAL}
     * @throws IllegalArgumentException if a rule is invalid; the message names it
     */
    FeatureRules(String property, Kind kind, Rules rules, Predicate<String> sources) {
        this.property = property;
        this.kind = kind;
        this.rules = rules;
        this.include = patterns("include", rules.include(), sources);
        this.exclude = patterns("exclude", rules.exclude(), sources);
        if (kind != Kind.TOOLS && !rules.annotate().isEmpty()) {
            throw new IllegalArgumentException(property + ".annotate: only tools have hints");
        }
        var olds = new HashMap<String, String>();
        rules.rename()
                .forEach((old, name) -> {
                    if (name.isBlank()
                            || kind == Kind.TOOLS && !TOOL_NAME.matcher(name).matches()) {
                        throw new IllegalArgumentException(
                                "%s: a name has 1 to 128 characters of A-Z a-z 0-9 _ . -"
                                        .formatted(label("rename", old)));
                    }
                    String other = olds.put(name, old);
                    if (other != null && kind != Kind.RESOURCES) {
                        throw new IllegalArgumentException(
                                "%s: '%s' and '%s' get the same name '%s'"
                                        .formatted(property + ".rename", other, old, name));
                    }
                });
    }

    private List<PatternRule> patterns(String rule, List<String> texts, Predicate<String> sources) {
        var patterns = new ArrayList<PatternRule>();
        for (String text : texts) {
            String label = "%s.%s '%s'".formatted(property, rule, text);
            try {
                patterns.add(
                        new PatternRule(
                                label, new FeaturePattern(text, kind == Kind.TOOLS, sources)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(label + ": " + e.getMessage(), e);
            }
        }
        return patterns;
    }

    private String label(String rule, String key) {
        return "%s.%s.%s".formatted(property, rule, key);
    }

    /** What each rule matched, to find those that match nothing or two things. Not thread-safe. */
    public static final class Matches {

        private final Map<String, Set<String>> byRule = new LinkedHashMap<>();

        private void add(String rule, Entry<?> entry) {
            byRule.computeIfAbsent(rule, _ -> new LinkedHashSet<>())
                    .add(entry.source() + "/" + entry.name());
        }

        private Set<String> of(String rule) {
            return byRule.getOrDefault(rule, Set.of());
        }
    }

    /**
     * Applies the rules to a list. A rule for one feature that matches several is not applied.
     *
     * @param matches receives what each rule matched
     */
    public <S> Outcome<S> apply(List<Entry<S>> entries, Matches matches) {
        Map<String, Entry<S>> renamed = one("rename", rules.rename().keySet(), entries, matches);
        var names = new IdentityHashMap<Entry<S>, String>();
        renamed.forEach((old, entry) -> names.put(entry, rules.rename().getOrDefault(old, old)));
        var titles = byEntry("title", rules.title(), entries, names, matches);
        var descriptions = byEntry("describe", rules.describe(), entries, names, matches);
        var annotations = byEntry("annotate", rules.annotate(), entries, names, matches);
        var shown = new ArrayList<Shown<S>>();
        var hidden = new ArrayList<Hidden>();
        for (Entry<S> entry : entries) {
            String name = names.get(entry);
            ObjectNode definition =
                    changed(
                            entry,
                            kind == Kind.RESOURCES ? name : null,
                            titles.get(entry),
                            descriptions.get(entry),
                            annotations.get(entry));
            String rule = hiding(entry.source(), names(entry, name), definition, matches, entry);
            if (rule != null) {
                hidden.add(new Hidden(entry.source(), entry.name(), rule));
            } else {
                boolean isNew = name != null && kind != Kind.RESOURCES;
                shown.add(
                        new Shown<>(
                                entry,
                                isNew ? String.valueOf(name) : entry.name(),
                                isNew,
                                definition));
            }
        }
        return new Outcome<>(shown, hidden);
    }

    /** Returns true if no rule hides a feature. */
    public boolean showsAll() {
        return include.isEmpty() && exclude.isEmpty();
    }

    /**
     * Returns true if the endpoint offers a resource that may be in no list.
     *
     * @param names its URI, and the templates that may expand to it
     */
    public boolean shows(String source, Collection<String> names) {
        return hiding(source, names, JsonNodeFactory.instance.objectNode(), new Matches(), null)
                == null;
    }

    /**
     * Returns the rules that match more than one feature where one is meant.
     *
     * @param matches of all lists of the kind
     */
    public List<String> ambiguous(Matches matches) {
        return keyLabels().stream()
                .filter(label -> matches.of(label).size() > 1)
                .map(label ->
                        "%s matches %s: write the upstream's name in front, as in docs_search"
                                .formatted(label, listed(matches.of(label))))
                .toList();
    }

    /**
     * Returns the rules that match nothing.
     *
     * @param matches of all lists of the kind
     */
    public List<String> unused(Matches matches) {
        return Stream.of(
                        include.stream().map(PatternRule::label),
                        exclude.stream().map(PatternRule::label),
                        keyLabels().stream())
                .flatMap(labels -> labels)
                .filter(label -> matches.of(label).isEmpty())
                .map(label -> label + " matches nothing")
                .toList();
    }

    private List<String> keyLabels() {
        var labels = new ArrayList<String>();
        keys().forEach((rule, keys) ->
                keys.stream().sorted().forEach(key -> labels.add(label(rule, key))));
        return labels;
    }

    private Map<String, Set<String>> keys() {
        var keys = new LinkedHashMap<String, Set<String>>();
        keys.put("rename", rules.rename().keySet());
        keys.put("title", rules.title().keySet());
        keys.put("describe", rules.describe().keySet());
        keys.put("annotate", rules.annotate().keySet());
        return keys;
    }

    private static String listed(Set<String> names) {
        String first = String.join(", ", names.stream().limit(MAX_SHOWN).toList());
        int more = names.size() - MAX_SHOWN;
        return more > 0 ? first + " and " + more + " more" : first;
    }

    /** Returns the rule that hides the feature, or null. */
    private @Nullable String hiding(
            String source,
            Collection<String> names,
            ObjectNode definition,
            Matches matches,
            @Nullable Entry<?> entry) {
        JsonNode annotations = definition.path("annotations");
        String excluded = first(exclude, source, names, annotations, matches, entry);
        String included = first(include, source, names, annotations, matches, entry);
        if (excluded != null) {
            return excluded;
        }
        return included == null && !include.isEmpty() ? property + ".include" : null;
    }

    /** Returns the first rule that matches; records all that match. */
    private static @Nullable String first(
            List<PatternRule> rules,
            String source,
            Collection<String> names,
            JsonNode annotations,
            Matches matches,
            @Nullable Entry<?> entry) {
        String first = null;
        for (PatternRule each : rules) {
            if (each.pattern.matches(source, names, annotations)) {
                first = first == null ? each.label : first;
                if (entry != null) {
                    matches.add(each.label, entry);
                }
            }
        }
        return first;
    }

    private Set<String> names(Entry<?> entry, @Nullable String renamed) {
        var names = new LinkedHashSet<String>();
        names.add(entry.name());
        if (kind == Kind.RESOURCES) {
            names.add(entry.definition().path("name").asString(entry.name()));
        } else {
            names.add(entry.source() + "_" + entry.name());
        }
        if (renamed != null) {
            names.add(renamed);
        }
        return names;
    }

    /** Returns the features that the keys stand for. A key of several features is left out. */
    private <S> Map<String, Entry<S>> one(
            String rule, Set<String> keys, List<Entry<S>> entries, Matches matches) {
        return one(rule, keys, entries, Map.of(), matches);
    }

    private <S> Map<String, Entry<S>> one(
            String rule,
            Set<String> keys,
            List<Entry<S>> entries,
            Map<Entry<S>, String> renamed,
            Matches matches) {
        var found = new HashMap<String, Entry<S>>();
        var several = new LinkedHashSet<String>();
        if (keys.isEmpty()) {
            return found;
        }
        for (Entry<S> entry : entries) {
            for (String name : names(entry, renamed.get(entry))) {
                if (keys.contains(name)) {
                    matches.add(label(rule, name), entry);
                    if (found.putIfAbsent(name, entry) != null) {
                        several.add(name);
                    }
                }
            }
        }
        found.keySet().removeAll(several);
        return found;
    }

    private <S, V> Map<Entry<S>, V> byEntry(
            String rule,
            Map<String, V> values,
            List<Entry<S>> entries,
            Map<Entry<S>, String> renamed,
            Matches matches) {
        var byEntry = new IdentityHashMap<Entry<S>, V>();
        one(rule, values.keySet(), entries, renamed, matches)
                .forEach((key, entry) -> byEntry.put(entry, value(values, key)));
        return byEntry;
    }

    private static <V> V value(Map<String, V> values, String key) {
        V value = values.get(key);
        if (value == null) {
            throw new IllegalStateException(key);
        }
        return value;
    }

    private static ObjectNode changed(
            Entry<?> entry,
            @Nullable String name,
            @Nullable String title,
            @Nullable String description,
            @Nullable Annotations annotations) {
        if (name == null && title == null && description == null && annotations == null) {
            return entry.definition();
        }
        ObjectNode changed = JsonNodeFactory.instance.objectNode();
        changed.setAll(entry.definition());
        if (name != null) {
            changed.put("name", name);
        }
        if (title != null) {
            changed.put("title", title);
        }
        if (description != null) {
            changed.put("description", description);
        }
        if (annotations != null) {
            ObjectNode hints = JsonNodeFactory.instance.objectNode();
            if (changed.get("annotations") instanceof ObjectNode old) {
                hints.setAll(old);
            }
            put(hints, "readOnlyHint", annotations.readOnlyHint());
            put(hints, "destructiveHint", annotations.destructiveHint());
            put(hints, "idempotentHint", annotations.idempotentHint());
            put(hints, "openWorldHint", annotations.openWorldHint());
            changed.set("annotations", hints);
        }
        return changed;
    }

    private static void put(ObjectNode hints, String hint, @Nullable Boolean value) {
        if (value != null) {
            hints.put(hint, value);
        }
    }
}
