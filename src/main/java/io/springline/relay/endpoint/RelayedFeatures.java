package io.springline.relay.endpoint;

import io.springline.concurrent.CoalescedTask;
import io.springline.curation.FeatureRules.Shown;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.Prompts;
import io.springline.feature.endpoint.Resources;
import io.springline.feature.endpoint.SessionOffer;
import io.springline.feature.endpoint.Tools;
import io.springline.mcp.McpExtensions;
import io.springline.relay.call.RelayedTasks;
import io.springline.relay.call.TaskHandles;
import io.springline.relay.catalogue.RelayedUris;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.endpoint.RelayNames.Named;
import io.springline.relay.endpoint.RelayNames.Offered;
import io.springline.relay.upstream.Upstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Registers the features of upstreams at one endpoint, and updates them when the upstreams' lists
 * change.
 *
 * <p>In a cluster, each node registers by itself, and notifies its own clients.
 *
 * <p>Entries are not changed except for the name, and for {@linkplain RelayedUris some URIs}.
 * Registration runs on a thread of its own. An entry that cannot be registered is left out; the
 * others are registered.
 */
public final class RelayedFeatures {

    private static final Logger log = LoggerFactory.getLogger(RelayedFeatures.class);

    /** If upstreams come and go all the time, clients get few notifications of changes. */
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(1);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /**
     * One list of the endpoint: how its features are made, and where they are registered.
     *
     * @param names returns the names or URIs that are registered now, including those of upstreams
     * @param createOwn creates a feature of this service at a curated endpoint
     * @param offer sets what some sessions see differently
     */
    private record FeatureList<T>(
            CatalogueList list,
            Supplier<Set<String>> names,
            Function<Named<ObjectNode>, T> create,
            Function<Shown<Object>, T> createOwn,
            BiConsumer<Collection<String>, Collection<T>> replace,
            Consumer<Map<String, SessionOffer<T>>> offer) {}

    private final String endpoint;
    private final Features features;
    private final @Nullable Curation curation;
    private final RelayedCompletions completions;
    private final EndpointUpstreams upstreams;
    private final RelayedFeatureFactory factory;
    private final EndpointEntries entries;
    private final CoalescedTask registration;
    private final List<FeatureList<?>> lists;

    // What is registered now; written by the registration thread only.
    private final Map<CatalogueList, Map<String, Named<ObjectNode>>> registered =
            new ConcurrentHashMap<>();
    private final Map<CatalogueList, Map<String, Shown<Object>>> ownRegistered =
            new EnumMap<>(CatalogueList.class);

    /**
     * Creates the registration for one endpoint; call {@link #refresh} to register.
     *
     * @param endpoint name of the endpoint, empty for the main one
     * @param curation what the endpoint offers of its sources; null for everything that upstreams
     *     have
     * @param upstreams in the order of the configuration
     */
    public RelayedFeatures(
            String endpoint,
            Features features,
            @Nullable Curation curation,
            TaskHandles handles,
            Collection<Upstream> upstreams) {
        this.endpoint = endpoint;
        this.features = features;
        this.curation = curation;
        this.upstreams =
                new EndpointUpstreams(endpoint, endpoint.isEmpty() || curation != null, handles);
        this.entries = new EndpointEntries(this.upstreams);
        this.completions = new RelayedCompletions(features.completions(), this.upstreams);
        var apps = new AppIsolation(this.upstreams, features.resources());
        this.factory = new RelayedFeatureFactory(this.upstreams, apps);
        this.lists = lists(features);
        upstreams.forEach(this.upstreams::add);
        this.registration =
                new CoalescedTask(
                        "relayed-features " + endpoint,
                        SHORTEST_PAUSE,
                        LONGEST_PAUSE,
                        this::registerAll);
        var resources = new RelayedResources(this.upstreams, this::offers);
        features.resources()
                .addFallback((context, uri, _) ->
                        resources.read(context, uri, each -> !apps.isForeignApp(context, each)));
        features.resources().watchSubscriptions(resources);
        features.resources().addAliases(resources::aliases);
        features.foreignApps(apps::isAppOfUpstream);
        features.extensions()
                .add(
                        curation == null
                                ? new RelayedExtensions(
                                        this.upstreams::byUpstream, endpoint.isEmpty())
                                : this::curatedExtensions);
        features.extensions().add(new RelayedTasks(handles, endpoint, this.upstreams::byUpstream));
        features.preparations()
                .add(
                        new CallerPreparation(
                                endpoint,
                                features,
                                this.upstreams::all,
                                each ->
                                        curation == null
                                                || curation.endpoint().offers(each.name())));
    }

    private List<FeatureList<?>> lists(Features all) {
        Tools tools = all.tools();
        Prompts prompts = all.prompts();
        Resources resources = all.resources();
        return List.of(
                new FeatureList<>(
                        CatalogueList.TOOLS,
                        tools::names,
                        factory::tool,
                        LocalFeatures::tool,
                        tools::replaceHere,
                        tools::offerToSessions),
                new FeatureList<>(
                        CatalogueList.PROMPTS,
                        prompts::names,
                        factory::prompt,
                        LocalFeatures::prompt,
                        prompts::replaceHere,
                        prompts::offerToSessions),
                new FeatureList<>(
                        CatalogueList.RESOURCES,
                        resources::uris,
                        factory::resource,
                        LocalFeatures::resource,
                        resources::replaceHere,
                        resources::offerToSessions),
                new FeatureList<>(
                        CatalogueList.TEMPLATES,
                        resources::uriTemplates,
                        factory::template,
                        shown -> LocalFeatures.template(shown, Objects.requireNonNull(curation)),
                        resources::replaceTemplatesHere,
                        resources::offerTemplatesToSessions));
    }

    /** Adds an upstream behind the others; call {@link #refresh} to register its features. */
    public void add(Upstream upstream) {
        upstreams.add(upstream);
    }

    /** Puts an upstream in the place of another; call {@link #refresh} to register its features. */
    public void replace(Upstream old, Upstream upstream) {
        upstreams.replace(old, upstream);
    }

    /** Removes an upstream; call {@link #refresh} to remove its features. */
    public void remove(Upstream upstream) {
        upstreams.remove(upstream);
    }

    /** A curated endpoint offers the apps of its sources, and no methods of other extensions. */
    private ObjectNode curatedExtensions(Predicate<String> usable) {
        ObjectNode offered = JsonNodeFactory.instance.objectNode();
        boolean apps =
                curation != null
                        && upstreams.all().stream()
                                .filter(each -> curation.endpoint().offers(each.name()))
                                .filter(each -> usable.test(each.name()))
                                .anyMatch(each -> each.offeredExtensions().has(McpExtensions.APPS));
        if (apps) {
            offered.putObject(McpExtensions.APPS);
        }
        return offered;
    }

    /**
     * Updates the registered features to the current lists, without waiting.
     *
     * @return a future that completes when the features are registered
     */
    public CompletableFuture<Void> refresh() {
        return registration.request();
    }

    /**
     * Notifies the clients of the endpoint that a resource of the upstream has changed: those of
     * this node, since each node subscribes for its own clients.
     */
    public void announceUpdate(Upstream upstream, String uri) {
        if (upstreams.all().contains(upstream) && offers(upstream, uri)) {
            features.resources().announceUpdateHere(upstreams.uris(upstream).outward(uri));
        }
    }

    /** Returns false if a rule of the endpoint hides this resource of the upstream. */
    private boolean offers(Upstream upstream, String uri) {
        return curation == null || curation.offers(upstream, uri);
    }

    /** Returns the state of the endpoint, as it is registered now. */
    public EndpointView view() {
        if (curation != null) {
            return curation.view();
        }
        List<EndpointView.Feature> relayed =
                registered.entrySet().stream()
                        .flatMap(list ->
                                list.getValue().values().stream()
                                        .map(each ->
                                                new EndpointView.Feature(
                                                        EndpointView.kind(list.getKey()),
                                                        each.upstream().name(),
                                                        each.upstreamName(),
                                                        each.name(),
                                                        null)))
                        .toList();
        List<String> sources = endpoint.isEmpty() ? List.of() : List.of(endpoint);
        return EndpointView.plain(endpoint, sources, features, relayed);
    }

    private void registerAll() {
        var leftOut = new LeftOutEntries();
        CurationRun run = curation == null ? null : curation.run();
        boolean all = true;
        for (FeatureList<?> list : lists) {
            all &= register(list, run, leftOut);
        }
        completions.replace(
                registered(CatalogueList.PROMPTS).values(),
                registeredTemplates(),
                run == null ? List.of() : run.completions());
        upstreams.all().forEach(each -> each.leftOut(endpoint, leftOut.of(each)));
        if (curation != null && run != null) {
            curation.publish(run);
        }
        if (run != null && all) {
            features.roles().settle(run.rules());
        }
    }

    /** Registers one list. Returns false if it fails. */
    private <T> boolean register(
            FeatureList<T> target, @Nullable CurationRun run, LeftOutEntries leftOut) {
        CatalogueList list = target.list();
        var local = new HashSet<>(target.names().get());
        local.removeAll(registered(list).keySet());
        local.removeAll(ownRegistered(list).keySet());
        try {
            List<Offered<ObjectNode>> offers =
                    run == null ? entries.of(list) : run.offers(list, upstreams.all());
            Map<String, Shown<Object>> own = run == null ? Map.of() : run.local(list);
            local.addAll(own.keySet());
            var offered = new LinkedHashMap<String, Named<ObjectNode>>();
            List<T> relayed =
                    created(target, entries.named(list, offers, local, leftOut), offered, leftOut);
            if (!offered.equals(registered(list)) || !own.equals(ownRegistered(list))) {
                var removed = new HashSet<>(registered(list).keySet());
                removed.addAll(ownRegistered(list).keySet());
                var added = new ArrayList<T>();
                own.values().forEach(each -> added.add(target.createOwn().apply(each)));
                added.addAll(relayed);
                target.replace().accept(removed, added);
                registered.put(list, offered);
                ownRegistered.put(list, own);
            }
            if (run != null) {
                run.named(list, offered.values());
            }
            target.offer().accept(sessionOffers(target, run, local, leftOut));
            return true;
        } catch (RuntimeException e) {
            log.error("{}: the changed list cannot be offered", list.method(), e);
            return false;
        }
    }

    /** Creates the features of the entries. An entry that fails is left out. */
    private <T> List<T> created(
            FeatureList<T> target,
            List<Named<ObjectNode>> all,
            Map<String, Named<ObjectNode>> offered,
            LeftOutEntries leftOut) {
        var created = new ArrayList<T>();
        for (Named<ObjectNode> named : all) {
            try {
                created.add(target.create().apply(named));
                offered.put(named.name(), named);
            } catch (RuntimeException e) {
                leftOut.add(
                        named.upstream(),
                        target.list(),
                        named.upstreamName(),
                        String.valueOf(e.getMessage()));
            }
        }
        return created;
    }

    private <T> Map<String, SessionOffer<T>> sessionOffers(
            FeatureList<T> target,
            @Nullable CurationRun run,
            Set<String> local,
            LeftOutEntries leftOut) {
        CatalogueList list = target.list();
        var names = new HashMap<String, SessionNames>();
        for (Upstream upstream : upstreams.all()) {
            var catalogues = new HashMap<>(upstream.sessionCatalogues());
            catalogues.putAll(upstream.callerCatalogues());
            catalogues.forEach((viewer, catalogue) -> {
                if (catalogue.lists().containsKey(list)) {
                    names.computeIfAbsent(
                                    viewer, _ -> new SessionNames(list, local, registered(list)))
                            .replace(
                                    upstream,
                                    upstreams.uris(upstream),
                                    run == null
                                            ? EndpointEntries.of(list, upstream, catalogue)
                                            : run.ofSession(list, upstream, catalogue));
                }
            });
        }
        var offers = new HashMap<String, SessionOffer<T>>();
        names.forEach((session, each) ->
                offers.put(
                        session,
                        new SessionOffer<>(
                                each.hidden(),
                                created(target, each.added(), new HashMap<>(), leftOut))));
        return offers;
    }

    /** Returns the registered templates, and equal ones of other upstreams. */
    private List<Named<ObjectNode>> registeredTemplates() {
        Set<String> registered = registered(CatalogueList.TEMPLATES).keySet();
        return entries.of(CatalogueList.TEMPLATES).stream()
                .filter(each -> registered.contains(entries.key(CatalogueList.TEMPLATES, each)))
                .filter(each -> offers(each.upstream(), each.name()))
                .map(each -> entries.keyed(CatalogueList.TEMPLATES, each))
                .toList();
    }

    private Map<String, Named<ObjectNode>> registered(CatalogueList list) {
        return registered.getOrDefault(list, Map.of());
    }

    private Map<String, Shown<Object>> ownRegistered(CatalogueList list) {
        return ownRegistered.getOrDefault(list, Map.of());
    }
}
