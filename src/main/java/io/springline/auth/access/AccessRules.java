package io.springline.auth.access;

import io.springline.session.Caller;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Which roles or scopes tools, resources and prompts require. Without rules everything is open to
 * every caller who is let in; with rules, what none of them names is open to nobody.
 *
 * <p>A tool or prompt of an upstream has several names. For each name the first rule that matches
 * it counts; if these rules differ, the caller needs the permission of all of them. A rule for
 * {@code *} counts only for things that no rule before it names, by whichever name. A resource has
 * one name, its URI, but a rule may also name a template that the URI belongs to: of all these
 * rules the first one counts.
 */
public final class AccessRules {

    /** What a name is the name of. */
    public enum Kind {
        TOOL,
        RESOURCE,
        PROMPT
    }

    /** As a role: every caller, anonymous ones included. As a pattern: every name. */
    private static final String ALL = "*";

    /**
     * @param tools names, {@code *} standing for any characters
     * @param resources URIs and URI templates, likewise
     * @param prompts names, likewise
     * @param anyOf of these roles and scopes one is needed; {@code *} for none
     */
    public record Rule(
            List<String> tools, List<String> resources, List<String> prompts, Set<String> anyOf) {

        private List<String> patterns(Kind kind) {
            return switch (kind) {
                case TOOL -> tools;
                case RESOURCE -> resources;
                case PROMPT -> prompts;
            };
        }

        boolean namesAll(Kind kind) {
            return patterns(kind).contains(ALL);
        }

        boolean names(Kind kind, Collection<String> names) {
            return patterns(kind).stream()
                    .anyMatch(pattern -> names.stream().anyMatch(new Wildcard(pattern)::matches));
        }

        boolean allows(Caller caller) {
            return anyOf.contains(ALL) || !Collections.disjoint(anyOf, caller.roles());
        }
    }

    private final List<Rule> rules;

    public AccessRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    public boolean areEmpty() {
        return rules.isEmpty();
    }

    /**
     * Returns why {@code caller} may not use the thing: the roles and scopes of all rules that
     * refuse it, each of which needs one of its own; none if no rule names the thing. Empty if the
     * caller may use it.
     *
     * @param names all names of the thing, at this endpoint and at others
     */
    public Optional<SortedSet<String>> refusal(Kind kind, Collection<String> names, Caller caller) {
        if (rules.isEmpty()) {
            return Optional.empty();
        }
        List<Rule> deciding = deciding(kind, names);
        if (deciding.isEmpty()) {
            return Optional.of(Collections.emptySortedSet());
        }
        var needed = new TreeSet<String>();
        deciding.stream()
                .filter(Predicate.not(rule -> rule.allows(caller)))
                .forEach(rule -> needed.addAll(rule.anyOf));
        return needed.isEmpty()
                ? Optional.empty()
                : Optional.of(Collections.unmodifiableSortedSet(needed));
    }

    /** Returns true if there are no rules, or one of them names the thing. */
    public boolean areAbout(Kind kind, Collection<String> names) {
        return rules.isEmpty() || !deciding(kind, names).isEmpty();
    }

    /** Returns the rules all of which must allow a caller to use the thing. */
    private List<Rule> deciding(Kind kind, Collection<String> names) {
        List<Rule> specific =
                rules.stream().takeWhile(Predicate.not(rule -> rule.namesAll(kind))).toList();
        List<Rule> deciding =
                kind == Kind.RESOURCE
                        ? first(specific, kind, names).stream().toList()
                        : names.stream()
                                .flatMap(name -> first(specific, kind, Set.of(name)).stream())
                                .toList();
        return deciding.isEmpty()
                ? rules.stream().skip(specific.size()).limit(1).toList()
                : deciding;
    }

    private static Optional<Rule> first(List<Rule> rules, Kind kind, Collection<String> names) {
        return rules.stream().filter(rule -> rule.names(kind, names)).findFirst();
    }
}
