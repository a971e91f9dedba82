package io.springline.ops.console;

import io.springline.auth.access.AccessRules.Kind;
import io.springline.dispatch.Dispatchers;
import io.springline.feature.endpoint.Features;
import io.springline.ops.actuator.ReplicaReload;
import io.springline.ops.actuator.ReplicaReload.Replica;
import io.springline.reload.AppliedChange;
import io.springline.reload.ConfigurationReload;
import io.springline.transport.EndpointPaths;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The configuration that each replica runs with, and what the last reload of this one has changed:
 * properties, and what each endpoint has offered before it and offers now.
 */
final class ConfigurationStatus {

    /** Names in a list; more are counted only. */
    static final int MAX_NAMES = 100;

    /**
     * @param total the number of names, which may be more than {@code names} has
     */
    record Names(List<String> names, int total) {

        private static Names of(Collection<String> all) {
            return new Names(all.stream().limit(MAX_NAMES).toList(), all.size());
        }
    }

    /**
     * What an endpoint offers since the reload and did not before, and the reverse; as {@code tool
     * search}.
     */
    record EndpointChange(String path, Names added, Names removed) {}

    /**
     * @param from version before the reload
     * @param endpoints the endpoints whose tools, prompts or resources have changed
     */
    record Change(
            Instant at,
            String from,
            String to,
            Names added,
            Names changed,
            Names removed,
            List<EndpointChange> endpoints) {}

    /**
     * @param fault why changed files are not applied; null if they are
     * @param change null if no reload has changed anything
     */
    record Status(
            String version,
            @Nullable String fault,
            Names needsRestart,
            @Nullable Change change,
            List<Replica> replicas) {}

    private final ConfigurationReload reload;
    private final ReplicaReload replicas;
    private final Dispatchers dispatchers;
    private final EndpointPaths paths;

    /** The names that endpoints offered before the last reload. */
    private volatile Map<String, Map<Kind, Set<String>>> before = Map.of();

    ConfigurationStatus(
            ConfigurationReload reload,
            ReplicaReload replicas,
            Dispatchers dispatchers,
            EndpointPaths paths) {
        this.reload = reload;
        this.replicas = replicas;
        this.dispatchers = dispatchers;
        this.paths = paths;
        reload.beforeChange(() -> before = offered());
    }

    Status now() throws InterruptedException {
        var last = reload.last();
        AppliedChange change = reload.lastChange();
        return new Status(
                last.version(),
                last.fault(),
                Names.of(last.needsRestart()),
                change == null ? null : change(change),
                replicas.all());
    }

    private Change change(AppliedChange change) {
        return new Change(
                change.at(),
                change.from(),
                change.to(),
                Names.of(change.added()),
                Names.of(change.changed()),
                Names.of(change.removed()),
                endpoints());
    }

    private List<EndpointChange> endpoints() {
        Map<String, Map<Kind, Set<String>>> old = before;
        Map<String, Map<Kind, Set<String>>> now = offered();
        var changes = new ArrayList<EndpointChange>();
        for (String name : new TreeSet<>(now.keySet())) {
            Names added = difference(now.get(name), old.get(name));
            Names removed = difference(old.get(name), now.get(name));
            if (added.total + removed.total > 0 && changes.size() < EndpointList.MAX_ENDPOINTS) {
                changes.add(new EndpointChange(paths.path(name), added, removed));
            }
        }
        return changes;
    }

    private static Names difference(
            @Nullable Map<Kind, Set<String>> all, @Nullable Map<Kind, Set<String>> without) {
        var names = new ArrayList<String>();
        if (all != null) {
            all.forEach((kind, of) -> {
                Set<String> known =
                        without == null ? Set.of() : without.getOrDefault(kind, Set.of());
                of.stream()
                        .filter(each -> !known.contains(each))
                        .sorted()
                        .forEach(each ->
                                names.add(kind.name().toLowerCase(Locale.ROOT) + " " + each));
            });
        }
        return Names.of(names);
    }

    private Map<String, Map<Kind, Set<String>>> offered() {
        var all = new HashMap<String, Map<Kind, Set<String>>>();
        for (String name : dispatchers.names()) {
            Features features = dispatchers.features(name);
            if (features != null) {
                var resources = new TreeSet<>(features.resources().uris());
                resources.addAll(features.resources().uriTemplates());
                var names = new EnumMap<Kind, Set<String>>(Kind.class);
                names.put(Kind.TOOL, Set.copyOf(features.tools().names()));
                names.put(Kind.PROMPT, Set.copyOf(features.prompts().names()));
                names.put(Kind.RESOURCE, resources);
                all.put(name, names);
            }
        }
        return all;
    }
}
