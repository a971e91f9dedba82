package io.springline.relay.endpoint;

import io.springline.curation.FeatureRules.Shown;
import io.springline.feature.Completion;
import io.springline.feature.Prompt;
import io.springline.feature.RequestContext;
import io.springline.feature.Resource;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.SessionOffer;
import io.springline.feature.result.ToolOutcome;
import io.springline.jsonrpc.ErrorCode;
import io.springline.mcp.McpExtensions;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.endpoint.RelayNames.Named;
import io.springline.relay.endpoint.RelayNames.Naming;
import io.springline.relay.endpoint.RelayNames.Offered;
import io.springline.relay.upstream.CoalescedTask;
import io.springline.relay.upstream.RelayedUris;
import io.springline.relay.upstream.Upstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
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
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
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

    private final String endpoint;
    private final Features features;
    private final @Nullable Curation curation;
    private final RelayedCompletions completions;
    private volatile Map<Upstream, RelayedCalls> upstreams = Map.of();
    private final CoalescedTask registration;

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
            Collection<Upstream> upstreams) {
        this.endpoint = endpoint;
        this.features = features;
        this.curation = curation;
        this.completions = new RelayedCompletions(features.completions());
        upstreams.forEach(this::add);
        this.registration =
                new CoalescedTask(
                        "relayed-features " + endpoint,
                        Duration.ZERO,
                        Duration.ZERO,
                        this::registerAll);
        var resources = new RelayedResources(() -> this.upstreams, this::uris, this::offers);
        features.resources()
                .addFallback((context, uri, _) ->
                        resources.read(context, uri, each -> !isForeignApp(context, each)));
        features.resources().watchSubscriptions(resources);
        features.resources().addAliases(resources::aliases);
        features.foreignApps(this::isAppOfUpstream);
        features.extensions()
                .add(
                        curation == null
                                ? new RelayedExtensions(() -> this.upstreams, endpoint.isEmpty())
                                : this::curatedExtensions);
        features.preparations().add(new CallerPreparation(features, () -> this.upstreams.keySet()));
    }

    /** Adds an upstream behind the others; call {@link #refresh} to register its features. */
    public synchronized void add(Upstream upstream) {
        var more = new LinkedHashMap<>(upstreams);
        more.put(upstream, new RelayedCalls(upstream, uris(upstream)));
        upstreams = Collections.unmodifiableMap(more);
    }

    /** Puts an upstream in the place of another; call {@link #refresh} to register its features. */
    public synchronized void replace(Upstream old, Upstream upstream) {
        var changed = new LinkedHashMap<Upstream, RelayedCalls>();
        upstreams.forEach((each, calls) -> {
            if (each != old) {
                changed.put(each, calls);
            } else {
                changed.put(upstream, new RelayedCalls(upstream, uris(upstream)));
            }
        });
        upstreams = Collections.unmodifiableMap(changed);
    }

    /** Removes an upstream; call {@link #refresh} to remove its features. */
    public synchronized void remove(Upstream upstream) {
        var fewer = new LinkedHashMap<>(upstreams);
        fewer.remove(upstream);
        upstreams = Collections.unmodifiableMap(fewer);
    }

    /** A curated endpoint offers the apps of its sources, and no methods of other extensions. */
    private ObjectNode curatedExtensions(Predicate<String> usable) {
        ObjectNode offered = JsonNodeFactory.instance.objectNode();
        boolean apps =
                curation != null
                        && upstreams.keySet().stream()
                                .filter(each -> curation.endpoint().offers(each.name()))
                                .filter(each -> usable.test(each.name()))
                                .anyMatch(each -> each.offeredExtensions().has(McpExtensions.APPS));
        if (apps) {
            offered.putObject(McpExtensions.APPS);
        }
        return offered;
    }

    /** The endpoint of one upstream serves that one alone; all others serve several together. */
    private RelayedUris uris(Upstream upstream) {
        return new RelayedUris(upstream.name(), endpoint.isEmpty() || curation != null);
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
        if (upstreams.containsKey(upstream) && offers(upstream, uri)) {
            features.resources().announceUpdateHere(uris(upstream).outward(uri));
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
        Curation.Run run = curation == null ? null : curation.run();
        boolean all =
                register(
                                CatalogueList.TOOLS,
                                run,
                                features.tools().names(),
                                this::tool,
                                LocalFeatures::tool,
                                features.tools()::replaceHere,
                                features.tools()::offerToSessions,
                                leftOut)
                        & register(
                                CatalogueList.PROMPTS,
                                run,
                                features.prompts().names(),
                                this::prompt,
                                LocalFeatures::prompt,
                                features.prompts()::replaceHere,
                                features.prompts()::offerToSessions,
                                leftOut)
                        & register(
                                CatalogueList.RESOURCES,
                                run,
                                features.resources().uris(),
                                this::resource,
                                LocalFeatures::resource,
                                features.resources()::replaceHere,
                                features.resources()::offerToSessions,
                                leftOut)
                        & register(
                                CatalogueList.TEMPLATES,
                                run,
                                features.resources().uriTemplates(),
                                this::template,
                                shown ->
                                        LocalFeatures.template(
                                                shown, Objects.requireNonNull(curation)),
                                features.resources()::replaceTemplatesHere,
                                features.resources()::offerTemplatesToSessions,
                                leftOut);
        completions.replace(relayedCompletions(), run == null ? List.of() : run.completions());
        upstreams.keySet().forEach(each -> each.leftOut(endpoint, leftOut.of(each)));
        if (run != null) {
            run.end();
        }
        if (run != null && all) {
            features.roles().settle(run.rules());
        }
    }

    /**
     * Registers one list. Returns false if it fails.
     *
     * @param all names or URIs of the list that are registered now, including those of upstreams
     * @param createOwn creates a feature of this service at a curated endpoint
     */
    private <T> boolean register(
            CatalogueList list,
            Curation.@Nullable Run run,
            Set<String> all,
            BiFunction<Named<ObjectNode>, ObjectNode, T> create,
            Function<Shown<Object>, T> createOwn,
            BiConsumer<Collection<String>, Collection<T>> replace,
            Consumer<Map<String, SessionOffer<T>>> offer,
            LeftOutEntries leftOut) {
        var local = new HashSet<>(all);
        local.removeAll(registered(list).keySet());
        local.removeAll(ownRegistered(list).keySet());
        try {
            List<Offered<ObjectNode>> offers =
                    run == null ? offers(list) : run.offers(list, upstreams.keySet());
            Map<String, Shown<Object>> own = run == null ? Map.of() : run.local(list);
            local.addAll(own.keySet());
            var offered = new LinkedHashMap<String, Named<ObjectNode>>();
            List<T> relayed =
                    created(list, named(list, offers, local, leftOut), offered, create, leftOut);
            if (!offered.equals(registered(list)) || !own.equals(ownRegistered(list))) {
                var removed = new HashSet<>(registered(list).keySet());
                removed.addAll(ownRegistered(list).keySet());
                var added = new ArrayList<T>();
                own.values().forEach(each -> added.add(createOwn.apply(each)));
                added.addAll(relayed);
                replace.accept(removed, added);
                registered.put(list, offered);
                ownRegistered.put(list, own);
            }
            if (run != null) {
                run.named(list, offered.values());
            }
            offer.accept(sessionOffers(list, run, local, create, leftOut));
            return true;
        } catch (RuntimeException e) {
            log.error("{}: the changed list cannot be offered", list.method(), e);
            return false;
        }
    }

    /** Creates the features of the entries. An entry that fails is left out. */
    private <T> List<T> created(
            CatalogueList list,
            List<Named<ObjectNode>> all,
            Map<String, Named<ObjectNode>> offered,
            BiFunction<Named<ObjectNode>, ObjectNode, T> create,
            LeftOutEntries leftOut) {
        var created = new ArrayList<T>();
        for (Named<ObjectNode> named : all) {
            try {
                created.add(create.apply(named, definition(list, named)));
                offered.put(named.name(), named);
            } catch (RuntimeException e) {
                leftOut.add(
                        named.upstream(),
                        list,
                        named.upstreamName(),
                        String.valueOf(e.getMessage()));
            }
        }
        return created;
    }

    private <T> Map<String, SessionOffer<T>> sessionOffers(
            CatalogueList list,
            Curation.@Nullable Run run,
            Set<String> local,
            BiFunction<Named<ObjectNode>, ObjectNode, T> create,
            LeftOutEntries leftOut) {
        var names = new HashMap<String, SessionNames>();
        for (Upstream upstream : upstreams.keySet()) {
            var catalogues = new HashMap<>(upstream.sessionCatalogues());
            catalogues.putAll(upstream.callerCatalogues());
            catalogues.forEach((viewer, catalogue) -> {
                if (catalogue.lists().containsKey(list)) {
                    names.computeIfAbsent(
                                    viewer, _ -> new SessionNames(list, local, registered(list)))
                            .replace(
                                    upstream,
                                    uris(upstream),
                                    run == null
                                            ? offers(list, upstream, catalogue)
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
                                created(list, each.added(), new HashMap<>(), create, leftOut))));
        return offers;
    }

    private Tool tool(Named<ObjectNode> tool, ObjectNode definition) {
        RelayedCalls calls = calls(tool.upstream());
        var hints = definition.path("annotations");
        boolean repeatable =
                hints.path("readOnlyHint").asBoolean(false)
                        || hints.path("idempotentHint").asBoolean(false);
        boolean onlyAsTask =
                tool.feature()
                        .path("execution")
                        .path("taskSupport")
                        .asString("")
                        .equals("required");
        ToolHandler handler =
                new ToolHandler() {
                    @Override
                    public ToolOutcome call(RequestContext context, ObjectNode arguments)
                            throws InterruptedException {
                        requireOwnApp(context, tool);
                        return calls.call(
                                context, tool.upstreamName(), repeatable, onlyAsTask, arguments);
                    }

                    @Override
                    public @Nullable ToolOutcome prepare(RequestContext context)
                            throws InterruptedException {
                        return calls.prepare(context);
                    }
                };
        return new Tool(
                onlyAsTask ? withoutExecution(definition) : definition,
                handler,
                true,
                tool.aliases(),
                tool.upstream().name());
    }

    /** Returns the tool as one that need not run as a task, since the relay waits for the task. */
    private static ObjectNode withoutExecution(ObjectNode definition) {
        ObjectNode plain = definition.objectNode();
        plain.setAll(definition);
        plain.remove("execution");
        return plain;
    }

    /** Returns true if the URI is that of an app of an upstream, not of this server. */
    private boolean isAppOfUpstream(String app) {
        return RelayedUris.isLocalToServer(app)
                && !features.resources().hasOwn(app)
                && upstreams.keySet().stream()
                        .map(this::uris)
                        .anyMatch(each -> each.together() && each.inward(app) != null);
    }

    /** Returns true if the request names its app, and that is an app of another upstream. */
    private boolean isForeignApp(RequestContext context, Upstream upstream) {
        String app = McpExtensions.appUri(context.meta());
        return uris(upstream).together()
                && RelayedUris.isLocalToServer(app)
                && upstreams.keySet().stream()
                        .filter(each -> !each.name().equals(upstream.name()))
                        .anyMatch(each -> uris(each).inward(app) != null);
    }

    /** Refuses the call of an app of another upstream. */
    private void requireOwnApp(RequestContext context, Named<ObjectNode> tool) {
        if (isForeignApp(context, tool.upstream())) {
            throw ErrorCode.INVALID_PARAMS.exception(
                    "Tool '%s' belongs to '%s': an app may call only the tools of its own server"
                            .formatted(tool.name(), tool.upstream().name()));
        }
    }

    private Prompt prompt(Named<ObjectNode> prompt, ObjectNode definition) {
        RelayedCalls calls = calls(prompt.upstream());
        return new Prompt(
                definition,
                (context, arguments) -> calls.prompt(context, prompt.upstreamName(), arguments),
                true,
                prompt.aliases());
    }

    private Resource resource(Named<ObjectNode> resource, ObjectNode definition) {
        RelayedCalls calls = calls(resource.upstream());
        return new Resource(
                definition,
                (context, uri, _) ->
                        isForeignApp(context, resource.upstream())
                                ? null
                                : calls.read(context, uri),
                true);
    }

    private ResourceTemplate template(Named<ObjectNode> template, ObjectNode definition) {
        RelayedCalls calls = calls(template.upstream());
        return new ResourceTemplate(
                definition,
                (context, uri, _) ->
                        isForeignApp(context, template.upstream())
                                ? null
                                : calls.read(context, uri),
                true);
    }

    private Collection<Completion> relayedCompletions() {
        var added = new LinkedHashMap<Completion.Reference, Completion>();
        for (Named<ObjectNode> each : registered(CatalogueList.PROMPTS).values()) {
            if (each.upstream().catalogue().completes()) {
                ObjectNode ref = JsonNodeFactory.instance.objectNode().put("type", "ref/prompt");
                ref.put("name", each.upstreamName());
                add(added, new Completion.Reference.ToPrompt(each.name()), each.upstream(), ref);
            }
        }
        Set<String> templates = registered(CatalogueList.TEMPLATES).keySet();
        for (Offered<ObjectNode> each : offers(CatalogueList.TEMPLATES)) {
            String template = key(CatalogueList.TEMPLATES, each);
            if (each.upstream().catalogue().completes()
                    && templates.contains(template)
                    && offers(each.upstream(), each.name())) {
                ObjectNode ref = JsonNodeFactory.instance.objectNode().put("type", "ref/resource");
                ref.put("uri", each.name());
                add(added, new Completion.Reference.ToResource(template), each.upstream(), ref);
            }
        }
        return added.values();
    }

    private void add(
            Map<Completion.Reference, Completion> added,
            Completion.Reference reference,
            Upstream upstream,
            ObjectNode ref) {
        RelayedCalls calls = calls(upstream);
        added.putIfAbsent(
                reference,
                new Completion(reference, (context, _, _, _) -> calls.complete(context, ref)));
    }

    private RelayedCalls calls(Upstream upstream) {
        RelayedCalls calls = upstreams.get(upstream);
        if (calls == null) {
            throw new IllegalArgumentException("not of this endpoint: " + upstream.name());
        }
        return calls;
    }

    private Map<String, Named<ObjectNode>> registered(CatalogueList list) {
        return registered.getOrDefault(list, Map.of());
    }

    private Map<String, Shown<Object>> ownRegistered(CatalogueList list) {
        return ownRegistered.getOrDefault(list, Map.of());
    }

    /** Returns the name or URI of an entry that keeps its name. */
    private String key(CatalogueList list, Offered<ObjectNode> offer) {
        return list.isNamed() ? offer.name() : uris(offer.upstream()).outward(offer.name());
    }

    /** If two upstreams offer the same URI, the first one's entry is listed. */
    private List<Named<ObjectNode>> named(
            CatalogueList list,
            List<Offered<ObjectNode>> offers,
            Set<String> local,
            LeftOutEntries leftOut) {
        if (!list.isNamed()) {
            var seen = new HashSet<>(local);
            return offers.stream()
                    .filter(each -> seen.add(key(list, each)))
                    .map(each ->
                            new Named<>(
                                    key(list, each), each.upstream(), each.name(), each.feature()))
                    .toList();
        }
        Naming<ObjectNode> naming = RelayNames.of(local, offers);
        for (Offered<ObjectNode> each : naming.leftOut()) {
            leftOut.add(
                    each.upstream(),
                    list,
                    each.name(),
                    "its name is taken even with the upstream's name in front");
        }
        return naming.named();
    }

    private List<Offered<ObjectNode>> offers(CatalogueList list) {
        return upstreams.keySet().stream()
                .flatMap(each -> offers(list, each, each.catalogue()).stream())
                .toList();
    }

    private static List<Offered<ObjectNode>> offers(
            CatalogueList list, Upstream upstream, UpstreamCatalogue catalogue) {
        return catalogue.entries(list).stream()
                .map(entry -> new Offered<>(upstream, entry.path(list.key()).stringValue(), entry))
                .toList();
    }

    /** Returns the entry with the name and the URIs of this endpoint. */
    private ObjectNode definition(CatalogueList list, Named<ObjectNode> named) {
        ObjectNode entry = uris(named.upstream()).entry(list, named.feature());
        if (!list.isNamed() || named.name().equals(named.upstreamName())) {
            return entry;
        }
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        copy.setAll(entry);
        copy.put("name", named.name());
        return copy;
    }
}
