package io.springline.auth;

import io.springline.session.Caller;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.springframework.util.PatternMatchUtils;

/**
 * Which roles or scopes tools, resources and prompts ask for. The first rule that names a thing
 * decides; what none names is for everybody who is let in.
 */
public final class AccessRules {

    /** What a name is the name of. */
    public enum Kind {
        TOOL,
        RESOURCE,
        PROMPT
    }

    /** Every caller, anonymous ones included. */
    private static final String EVERYBODY = "*";

    /**
     * @param tools names, {@code *} standing for any characters
     * @param resources URIs and URI templates, likewise
     * @param prompts names, likewise
     * @param anyOf of these roles and scopes one is needed; {@code *} for none
     */
    record Rule(
            List<String> tools, List<String> resources, List<String> prompts, Set<String> anyOf) {

        boolean names(Kind kind, List<String> names) {
            List<String> patterns =
                    switch (kind) {
                        case TOOL -> tools;
                        case RESOURCE -> resources;
                        case PROMPT -> prompts;
                    };
            return patterns.stream()
                    .anyMatch(pattern ->
                            names.stream()
                                    .anyMatch(
                                            name -> PatternMatchUtils.simpleMatch(pattern, name)));
        }

        boolean allows(Caller caller) {
            return anyOf.contains(EVERYBODY) || !Collections.disjoint(anyOf, caller.roles());
        }
    }

    private final List<Rule> rules;

    AccessRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    public boolean areEmpty() {
        return rules.isEmpty();
    }

    /**
     * The roles and scopes of which {@code caller} has none but needs one; empty when it may.
     *
     * @param names all that the thing is known by, at this endpoint and at others
     */
    public SortedSet<String> missing(Kind kind, List<String> names, Caller caller) {
        return rules.stream()
                .filter(rule -> rule.names(kind, names))
                .findFirst()
                .filter(Predicate.not(rule -> rule.allows(caller)))
                .map(rule -> Collections.unmodifiableSortedSet(new TreeSet<>(rule.anyOf)))
                .orElseGet(Collections::emptySortedSet);
    }
}
