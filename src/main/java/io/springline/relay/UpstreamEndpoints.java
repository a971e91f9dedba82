package io.springline.relay;

import io.springline.config.InvalidConfigurationException;
import io.springline.curation.CuratedEndpoint;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.FeaturesFactory;
import io.springline.relay.call.TaskHandles;
import io.springline.relay.endpoint.CuratedEndpoints;
import io.springline.relay.endpoint.EndpointView;
import io.springline.relay.endpoint.RelayedFeatures;
import io.springline.relay.upstream.Upstream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints that offer features of upstreams: the main one with all upstreams, one for each
 * upstream alone, and the curated ones. An endpoint stays, empty, after its upstream was removed.
 * Safe for use by many threads.
 */
final class UpstreamEndpoints {

    private final Features main;
    private final FeaturesFactory factory;
    private final TaskHandles handles;
    private final Function<String, @Nullable Upstream> upstreams;
    private final RelayedFeatures together;
    private final CuratedEndpoints curated;
    private final Map<String, Features> features = new ConcurrentHashMap<>();
    private final Map<String, RelayedFeatures> single = new ConcurrentHashMap<>();
    private volatile BiConsumer<String, Features> listener = (_, _) -> {};

    /**
     * @param main the endpoint that offers all upstreams
     * @param upstreams finds an upstream by its name, for its instructions
     */
    UpstreamEndpoints(
            Features main,
            FeaturesFactory factory,
            TaskHandles handles,
            Function<String, @Nullable Upstream> upstreams) {
        this.main = main;
        this.factory = factory;
        this.handles = handles;
        this.upstreams = upstreams;
        this.together = new RelayedFeatures("", main, null, handles, List.of());
        this.curated = new CuratedEndpoints(main, factory, handles, this::titled);
    }

    /** Sets who is called with each endpoint that is added from now on. */
    void onAdded(BiConsumer<String, Features> listener) {
        this.listener = listener;
    }

    /** Adds an upstream to the endpoints that offer it; call {@link #refresh} to register it. */
    void add(Upstream upstream) {
        String name = upstream.name();
        single(name).add(upstream);
        listener.accept(name, Objects.requireNonNull(features.get(name)));
        together.add(upstream);
        curated.add(upstream);
    }

    /** Puts an upstream in the place of another of the same name; call {@link #refresh}. */
    void replace(Upstream old, Upstream upstream) {
        single(upstream.name()).replace(old, upstream);
        together.replace(old, upstream);
        curated.replace(old, upstream);
    }

    /**
     * Removes an upstream, and its features from its own endpoint. {@link #refresh} or {@link
     * #reconfigure} removes them from the others.
     */
    void remove(Upstream upstream) {
        single(upstream.name()).remove(upstream);
        single(upstream.name()).refresh();
        together.remove(upstream);
        curated.remove(upstream);
    }

    /**
     * Registers the present lists of an upstream.
     *
     * @return completes when they are registered at all endpoints
     */
    CompletableFuture<Void> refresh(Upstream upstream) {
        return CompletableFuture.allOf(refreshAlone(upstream), refreshTogether());
    }

    /** Registers the present lists of an upstream at its own endpoint. */
    CompletableFuture<Void> refreshAlone(Upstream upstream) {
        return single(upstream.name()).refresh();
    }

    /** Registers the present lists of all upstreams at the endpoints that offer many. */
    CompletableFuture<Void> refreshTogether() {
        return CompletableFuture.allOf(together.refresh(), curated.refresh());
    }

    CompletableFuture<Void> refreshCurated() {
        return curated.refresh();
    }

    void announceUpdate(Upstream upstream, String uri) {
        single(upstream.name()).announceUpdate(upstream, uri);
        together.announceUpdate(upstream, uri);
        curated.announceUpdate(upstream, uri);
    }

    /** Adds a curated endpoint with the upstreams that exist. */
    void add(CuratedEndpoint endpoint, Collection<Upstream> existing) {
        curated.add(endpoint, existing);
    }

    /**
     * Replaces the rules of all curated endpoints.
     *
     * @param existing all upstreams
     * @return completes when endpoints offer what the changed rules allow
     */
    CompletableFuture<Void> reconfigure(
            Collection<CuratedEndpoint> next, Collection<Upstream> existing) {
        curated.reconfigure(next, existing, listener);
        return refreshTogether();
    }

    /** Returns the faults of curated endpoints that are not served yet. */
    List<String> faults(Collection<CuratedEndpoint> next) {
        var faults = new ArrayList<>(curated.faults(next));
        for (CuratedEndpoint each : next) {
            if (features.containsKey(each.name())) {
                faults.add(
                        "springline.endpoints.%s: an upstream has, or had, this name"
                                .formatted(each.name()));
            }
        }
        return faults;
    }

    /**
     * Checks the rules of curated endpoints against the features of this service.
     *
     * @throws InvalidConfigurationException if a rule matches nothing or two things
     */
    void checkLocal() {
        curated.checkLocal();
    }

    Set<String> curatedNames() {
        return curated.features().keySet();
    }

    /** Returns the features of all endpoints but the main one, by name. */
    Map<String, Features> features() {
        var all = new HashMap<>(features);
        all.putAll(curated.features());
        return all;
    }

    /** Returns the state of an endpoint, or null. The name of the main one is empty. */
    @Nullable EndpointView view(String name) {
        RelayedFeatures plain = name.isEmpty() ? together : single.get(name);
        return plain == null ? curated.view(name) : plain.view();
    }

    /** Returns the features of the endpoint of one upstream; creates the endpoint if necessary. */
    private RelayedFeatures single(String name) {
        return single.computeIfAbsent(name, this::create);
    }

    private RelayedFeatures create(String name) {
        Features created = factory.create(name);
        created.instructions().add(() -> instructions(name));
        main.instructions().add(() -> titled(name));
        features.put(name, created);
        return new RelayedFeatures(name, created, null, handles, List.of());
    }

    private String instructions(String name) {
        Upstream upstream = upstreams.apply(name);
        return upstream == null ? "" : upstream.catalogue().instructions();
    }

    private String titled(String name) {
        String instructions = instructions(name);
        return instructions.isBlank() ? "" : "## %s\n\n%s".formatted(name, instructions.strip());
    }
}
