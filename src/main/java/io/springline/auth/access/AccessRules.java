package io.springline.auth.access;

import io.springline.session.Caller;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The configured rules for which roles or scopes a tool, resource or prompt requires. If there are
 * no rules, every admitted caller may use everything. If there are rules, nobody may use a feature
 * that no rule matches.
 *
 * <p>A tool or prompt of an upstream has several names. For each name, the first matching rule
 * applies; the caller needs the permission of all rules that apply. A rule for {@code *} applies
 * only if no earlier rule matches any of the names. A resource is matched by its URI and by the
 * templates that the URI belongs to; only the first matching rule applies.
 */
public final class AccessRules {

    /** The kinds of features that rules apply to. */
    public enum Kind {
        TOOL,
        RESOURCE,
        PROMPT
    }

    /** As a role, every caller, including anonymous ones. As a pattern, every name. */
    private static final String ALL = "*";

    /**
     * One rule.
     *
     * @param tools {@link Wildcard} patterns for names of tools
     * @param resources patterns for URIs and URI templates
     * @param prompts patterns for names of prompts
     * @param anyOf roles and scopes; the caller needs at least one of them. {@code *} admits every
     *     caller
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
            return Wildcard.anyMatches(patterns(kind), names);
        }

        boolean allows(Caller caller) {
            return anyOf.contains(ALL) || !Collections.disjoint(anyOf, caller.roles());
        }
    }

    /**
     * @param coming the rules of a new configuration, which apply in addition until they replace
     *     {@code rules}; empty while no new configuration is applied
     */
    private record Applied(List<Rule> rules, List<Rule> coming) {}

    private volatile Applied applied;
    private volatile Consumer<Set<Kind>> listener = _ -> {};

    public AccessRules(List<Rule> rules) {
        this.applied = new Applied(List.copyOf(rules), List.of());
    }

    /** Sets the listener for kinds of features whose rules have changed. */
    public void onChange(Consumer<Set<Kind>> listener) {
        this.listener = listener;
    }

    /** Refuses what these rules refuse, in addition to the current ones. Call {@link #replace}. */
    public void narrow(List<Rule> coming) {
        applied = new Applied(applied.rules, List.copyOf(coming));
    }

    /** Replaces all rules. */
    public void replace(List<Rule> changed) {
        List<Rule> before = applied.rules;
        applied = new Applied(List.copyOf(changed), List.of());
        var kinds = EnumSet.noneOf(Kind.class);
        for (Kind kind : Kind.values()) {
            if (before.isEmpty() != changed.isEmpty()
                    || !about(kind, before).equals(about(kind, changed))) {
                kinds.add(kind);
            }
        }
        if (!kinds.isEmpty()) {
            listener.accept(kinds);
        }
    }

    private static List<List<Object>> about(Kind kind, List<Rule> rules) {
        return rules.stream()
                .filter(each -> !each.patterns(kind).isEmpty())
                .map(each -> List.<Object>of(each.patterns(kind), each.anyOf()))
                .toList();
    }

    public boolean areEmpty() {
        Applied now = applied;
        return now.rules.isEmpty() && now.coming.isEmpty();
    }

    /**
     * Returns why {@code caller} may not use a feature, or empty if the caller may use it. The set
     * contains the roles and scopes of all rules that refuse the caller; the caller needs at least
     * one of each rule. An empty set means that no rule matches the feature.
     *
     * @param names all names of the feature, at this endpoint and at others
     */
    public Optional<SortedSet<String>> refusal(Kind kind, Collection<String> names, Caller caller) {
        Applied now = applied;
        return refusal(now.rules, kind, names, caller)
                .or(() -> refusal(now.coming, kind, names, caller));
    }

    private static Optional<SortedSet<String>> refusal(
            List<Rule> now, Kind kind, Collection<String> names, Caller caller) {
        if (now.isEmpty()) {
            return Optional.empty();
        }
        List<Rule> deciding = deciding(now, kind, names);
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

    /**
     * Returns the positions of the rules that refuse the caller, from 0 in the order of the
     * configuration; an empty list if no rule matches the feature; null if the caller may use it.
     *
     * @param names all names of the feature, at this endpoint and at others
     */
    public @Nullable List<Integer> refusing(Kind kind, Collection<String> names, Caller caller) {
        List<Rule> now = applied.rules;
        if (now.isEmpty()) {
            return null;
        }
        List<Rule> deciding = deciding(now, kind, names);
        List<Integer> refusing =
                deciding.stream()
                        .filter(Predicate.not(rule -> rule.allows(caller)))
                        .map(now::indexOf)
                        .distinct()
                        .toList();
        return refusing.isEmpty() && !deciding.isEmpty() ? null : refusing;
    }

    /** Returns the roles and scopes that rules name. */
    public SortedSet<String> roles() {
        var roles = new TreeSet<String>();
        applied.rules.forEach(rule -> roles.addAll(rule.anyOf));
        roles.remove(ALL);
        return roles;
    }

    /** Returns true if there are no rules, or if at least one rule matches the feature. */
    public boolean areAbout(Kind kind, Collection<String> names) {
        List<Rule> now = applied.rules;
        return now.isEmpty() || !deciding(now, kind, names).isEmpty();
    }

    /** Returns the rules that apply to a feature. All of them must allow the caller. */
    private static List<Rule> deciding(List<Rule> rules, Kind kind, Collection<String> names) {
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
