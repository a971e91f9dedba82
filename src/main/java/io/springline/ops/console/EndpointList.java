package io.springline.ops.console;

import io.springline.auth.access.AccessRules.Kind;
import io.springline.dispatch.Dispatchers;
import io.springline.feature.endpoint.Features;
import io.springline.relay.Upstreams;
import io.springline.relay.endpoint.EndpointView;
import io.springline.relay.endpoint.EndpointView.Feature;
import io.springline.session.Caller;
import io.springline.transport.EndpointPaths;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What callers with given roles see at each endpoint, and why they do not see the rest. Features
 * that only some sessions or callers have are not known here.
 */
final class EndpointList {

    /** Endpoints that are described; more are counted only. */
    static final int MAX_ENDPOINTS = 200;

    /** Features on a page. */
    static final int PAGE_SIZE = 100;

    private static final int MAX_ROLES = 200;
    private static final String RULES = "springline.auth.rules";

    /** Whether a caller sees a feature. */
    enum State {
        SHOWN,
        /** A rule of the endpoint hides it. */
        HIDDEN,
        /** An access rule, or the roles of the endpoint, refuse the caller. */
        FORBIDDEN
    }

    /**
     * @param missing roles of which a caller would need one to use the endpoint
     * @param warnings rules that match nothing or too much, and names that are taken
     * @param differs whether some callers have further features
     */
    record Summary(
            String name,
            String path,
            boolean curated,
            List<String> upstreams,
            Set<String> roles,
            Set<String> missing,
            int tools,
            int prompts,
            int resources,
            int hidden,
            int forbidden,
            List<String> warnings,
            boolean differs) {}

    /**
     * @param total the number of endpoints, which may be more than {@code endpoints} has
     * @param knownRoles roles that rules name, for the choice
     */
    record Overview(List<Summary> endpoints, int total, List<String> knownRoles) {}

    /**
     * @param shownAs its name at the endpoint; null if the endpoint does not offer it
     * @param reason the rules that hide or forbid it; null if the caller sees it
     */
    record Entry(
            Kind kind,
            String source,
            String name,
            @Nullable String shownAs,
            State state,
            @Nullable String reason) {

        boolean has(String filter) {
            return Stream.of(source + "/" + name, shownAs, reason)
                    .filter(Objects::nonNull)
                    .anyMatch(each -> each.toLowerCase(Locale.ROOT).contains(filter));
        }
    }

    /**
     * @param total the number of features, of which {@code matching} match the filter
     */
    record Page(List<Entry> features, int page, int pages, int matching, int total) {}

    private final Dispatchers dispatchers;
    private final Upstreams upstreams;
    private final EndpointPaths paths;

    EndpointList(Dispatchers dispatchers, Upstreams upstreams, EndpointPaths paths) {
        this.dispatchers = dispatchers;
        this.upstreams = upstreams;
        this.paths = paths;
    }

    Overview all(Set<String> roles) {
        var caller = new Caller("console", roles);
        SortedSet<String> names = new TreeSet<>(dispatchers.names());
        var known = new TreeSet<>(dispatchers.ruleRoles());
        names.stream()
                .limit(MAX_ENDPOINTS)
                .map(this::view)
                .forEach(each -> known.addAll(each.roles()));
        known.remove("*");
        return new Overview(
                names.stream()
                        .limit(MAX_ENDPOINTS)
                        .map(name -> summary(view(name), caller))
                        .toList(),
                names.size(),
                known.stream().limit(MAX_ROLES).toList());
    }

    private Summary summary(EndpointView view, Caller caller) {
        var states = new EnumMap<State, Integer>(State.class);
        var shown = new EnumMap<Kind, Integer>(Kind.class);
        entries(view, caller)
                .forEach(each -> {
                    states.merge(each.state, 1, Integer::sum);
                    if (each.state == State.SHOWN) {
                        shown.merge(each.kind, 1, Integer::sum);
                    }
                });
        return new Summary(
                view.name(),
                paths.path(view.name()),
                view.curated(),
                view.upstreams(),
                view.roles(),
                dispatchers.missing(view.name(), caller),
                shown.getOrDefault(Kind.TOOL, 0),
                shown.getOrDefault(Kind.PROMPT, 0),
                shown.getOrDefault(Kind.RESOURCE, 0),
                states.getOrDefault(State.HIDDEN, 0),
                states.getOrDefault(State.FORBIDDEN, 0),
                view.warnings(),
                features(view.name()).preparations().areNeeded());
    }

    /**
     * Returns one page of the features of an endpoint that contain a text in a name or the reason.
     *
     * @param state null for all
     * @return null if there is no such endpoint
     */
    @Nullable Page one(
            String name, Set<String> roles, String filter, @Nullable State state, int page) {
        if (dispatchers.features(name) == null) {
            return null;
        }
        var caller = new Caller("console", roles);
        EndpointView view = view(name);
        String wanted = filter.toLowerCase(Locale.ROOT);
        List<Entry> matching =
                entries(view, caller)
                        .filter(each -> state == null || each.state == state)
                        .filter(each -> wanted.isEmpty() || each.has(wanted))
                        .sorted(
                                Comparator.comparing(Entry::kind)
                                        .thenComparing(Entry::source)
                                        .thenComparing(Entry::name))
                        .toList();
        int pages = Math.max(1, (matching.size() + PAGE_SIZE - 1) / PAGE_SIZE);
        int at = Math.min(page, pages - 1);
        return new Page(
                matching.stream().skip((long) at * PAGE_SIZE).limit(PAGE_SIZE).toList(),
                at,
                pages,
                matching.size(),
                view.features().size());
    }

    private EndpointView view(String name) {
        EndpointView view = upstreams.endpoint(name);
        return view == null ? EndpointView.local(name, features(name)) : view;
    }

    private Features features(String name) {
        return Objects.requireNonNull(dispatchers.features(name), name);
    }

    private Stream<Entry> entries(EndpointView view, Caller caller) {
        boolean admitted = dispatchers.missing(view.name(), caller).isEmpty();
        return view.features().stream().map(each -> entry(view.name(), each, caller, admitted));
    }

    private Entry entry(String endpoint, Feature feature, Caller caller, boolean admitted) {
        String shownAs = feature.shownAs();
        if (shownAs == null) {
            return entry(feature, State.HIDDEN, feature.hiddenBy());
        }
        List<Integer> refusing = dispatchers.refusing(endpoint, feature.kind(), shownAs, caller);
        if (refusing == null) {
            return admitted
                    ? entry(feature, State.SHOWN, null)
                    : entry(
                            feature,
                            State.FORBIDDEN,
                            "springline.endpoints.%s.roles".formatted(endpoint));
        }
        return entry(
                feature,
                State.FORBIDDEN,
                refusing.isEmpty()
                        ? "no rule of %s matches".formatted(RULES)
                        : refusing.stream()
                                .map(each -> "%s[%d]".formatted(RULES, each))
                                .collect(Collectors.joining(", ")));
    }

    private static Entry entry(Feature feature, State state, @Nullable String reason) {
        return new Entry(
                feature.kind(), feature.source(), feature.name(), feature.shownAs(), state, reason);
    }
}
