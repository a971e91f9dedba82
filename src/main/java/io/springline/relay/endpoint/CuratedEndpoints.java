package io.springline.relay.endpoint;

import io.springline.config.InvalidConfigurationException;
import io.springline.curation.CuratedEndpoint;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.FeaturesFactory;
import io.springline.relay.call.TaskHandles;
import io.springline.relay.upstream.Upstream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The curated endpoints, which offer a choice of the upstreams' and this service's features. */
public final class CuratedEndpoints {

    private record Served(Curation curation, Features features, RelayedFeatures relayed) {}

    private final Features main;
    private final FeaturesFactory factory;
    private final TaskHandles handles;
    private final UnaryOperator<String> instructions;
    private final Map<String, Served> byName = new ConcurrentSkipListMap<>();
    private final Set<String> upstreams = ConcurrentHashMap.newKeySet();

    /**
     * @param main the endpoint with the features of this service
     * @param instructions returns the instructions of an upstream below a heading, or an empty text
     */
    public CuratedEndpoints(
            Features main,
            FeaturesFactory factory,
            TaskHandles handles,
            UnaryOperator<String> instructions) {
        this.main = main;
        this.handles = handles;
        this.factory = factory;
        this.instructions = instructions;
    }

    /** Adds an endpoint with the upstreams that exist. */
    public void add(CuratedEndpoint endpoint, Collection<Upstream> existing) {
        Features features = factory.create(endpoint.name());
        features.roles().narrow(endpoint, endpoint.roles());
        features.connections().limit(endpoint.maxConnections());
        var curation = new Curation(endpoint, main, () -> upstreams);
        features.instructions()
                .add(() -> {
                    String own = curation.endpoint().instructions();
                    return own == null ? "" : own;
                });
        features.instructions().add(() -> ofUpstreams(curation.endpoint()));
        byName.put(
                endpoint.name(),
                new Served(
                        curation,
                        features,
                        new RelayedFeatures(
                                endpoint.name(), features, curation, handles, existing)));
    }

    private String ofUpstreams(CuratedEndpoint endpoint) {
        return endpoint.instructions() != null
                ? ""
                : upstreams.stream()
                        .sorted()
                        .filter(endpoint::offers)
                        .map(instructions)
                        .filter(each -> !each.isEmpty())
                        .collect(Collectors.joining("\n\n"));
    }

    /**
     * Replaces the rules of all endpoints, and adds new endpoints. One that is missing stays,
     * empty. Call {@link #refresh} to register the changes.
     *
     * @param existing all upstreams
     * @param added receives new endpoints
     */
    public void reconfigure(
            Collection<CuratedEndpoint> next,
            Collection<Upstream> existing,
            BiConsumer<String, Features> added) {
        var gone = new HashSet<>(byName.keySet());
        for (CuratedEndpoint each : next) {
            gone.remove(each.name());
            Served served = byName.get(each.name());
            if (served != null) {
                replace(served, each);
            } else {
                add(each, existing);
                added.accept(
                        each.name(), Objects.requireNonNull(byName.get(each.name())).features());
            }
        }
        gone.forEach(name ->
                replace(Objects.requireNonNull(byName.get(name)), CuratedEndpoint.empty(name)));
    }

    /** Until the features of the next version are registered, clients need the roles of both. */
    private static void replace(Served served, CuratedEndpoint next) {
        served.features().roles().narrow(next, next.roles());
        served.features().connections().limit(next.maxConnections());
        served.curation().replace(next);
    }

    /** Returns the faults of endpoints that are not served yet. */
    public List<String> faults(Collection<CuratedEndpoint> next) {
        return next.stream()
                .flatMap(each -> new Curation(each, main, () -> upstreams).faultsOfLocal().stream())
                .toList();
    }

    /** Returns the features of the endpoints by name. */
    public Map<String, Features> features() {
        return byName.entrySet().stream()
                .collect(
                        Collectors.toUnmodifiableMap(
                                Map.Entry::getKey, each -> each.getValue().features()));
    }

    /** Returns the state of the endpoint, or null if no endpoint has this name. */
    public @Nullable EndpointView view(String name) {
        Served served = byName.get(name);
        return served == null ? null : served.curation().view();
    }

    /** Adds an upstream; call {@link #refresh} to register its features. */
    public void add(Upstream upstream) {
        upstreams.add(upstream.name());
        byName.values().forEach(each -> each.relayed().add(upstream));
    }

    /** Puts an upstream in the place of another of the same name; call {@link #refresh}. */
    public void replace(Upstream old, Upstream upstream) {
        byName.values().forEach(each -> each.relayed().replace(old, upstream));
    }

    /** Removes an upstream; call {@link #refresh} to remove its features. */
    public void remove(Upstream upstream) {
        upstreams.remove(upstream.name());
        byName.values().forEach(each -> each.relayed().remove(upstream));
    }

    /** Updates all endpoints to the current lists, without waiting. */
    public CompletableFuture<Void> refresh() {
        return CompletableFuture.allOf(
                byName.values().stream()
                        .map(each -> each.relayed().refresh())
                        .toArray(CompletableFuture[]::new));
    }

    public void announceUpdate(Upstream upstream, String uri) {
        byName.values().forEach(each -> each.relayed().announceUpdate(upstream, uri));
    }

    /**
     * Checks the rules against the features of this service, when these are registered.
     *
     * @throws InvalidConfigurationException if a rule matches nothing or two things
     */
    public void checkLocal() {
        var faults = new ArrayList<String>();
        byName.values().forEach(each -> faults.addAll(each.curation().faultsOfLocal()));
        if (!faults.isEmpty()) {
            throw new InvalidConfigurationException(
                    String.join("\n", faults),
                    "Correct or remove the rules. docs/endpoints.md describes them.");
        }
    }
}
