package io.springline.relay;

import io.springline.feature.Completion;
import io.springline.feature.Prompt;
import io.springline.feature.RequestContext;
import io.springline.feature.Resource;
import io.springline.feature.ResourceOutcome;
import io.springline.feature.ResourceResult;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.Tool;
import io.springline.feature.ToolHandler;
import io.springline.feature.endpoint.Features;
import io.springline.feature.endpoint.ResourceSubscriber;
import io.springline.feature.endpoint.Resources.SubscriptionWatcher;
import io.springline.feature.endpoint.SessionOffer;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.relay.RelayNames.Named;
import io.springline.relay.RelayNames.Naming;
import io.springline.relay.RelayNames.Offered;
import io.springline.relay.catalogue.CatalogueEntry;
import io.springline.relay.client.CatalogueList;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Registers the features of upstreams at one endpoint, and updates them when the upstreams' lists
 * change.
 *
 * <p>Entries are not changed except for the name. Registration runs on a thread of its own. An
 * entry that cannot be registered is left out; the others are registered.
 */
final class RelayedFeatures {

    private static final Logger log = LoggerFactory.getLogger(RelayedFeatures.class);

    /** The entries that are left out, with reasons, by upstream. */
    private static final class LeftOut {

        private final Map<Upstream, Set<String>> reasons = new HashMap<>();

        void add(Upstream upstream, CatalogueList list, String name, String reason) {
            reasons.computeIfAbsent(upstream, _ -> new LinkedHashSet<>())
                    .add(
                            "%s: '%s' is left out: %s"
                                    .formatted(list.method(), CatalogueEntry.shown(name), reason));
        }

        Set<String> of(Upstream upstream) {
            return reasons.getOrDefault(upstream, Set.of());
        }
    }

    private final String endpoint;
    private final Features features;
    private volatile Map<Upstream, RelayedCalls> upstreams = Map.of();
    private final CoalescedTask registration;

    // What is registered now; used by the registration thread only.
    private final Map<CatalogueList, Map<String, Named<ObjectNode>>> registered =
            new EnumMap<>(CatalogueList.class);
    private Set<Completion.Reference> completions = new HashSet<>();

    /**
     * Creates the registration for one endpoint; call {@link #refresh} to register.
     *
     * @param endpoint name of the endpoint, empty for the main one
     * @param upstreams in the order of the configuration
     */
    RelayedFeatures(String endpoint, Features features, Collection<Upstream> upstreams) {
        this.endpoint = endpoint;
        this.features = features;
        upstreams.forEach(this::add);
        this.registration =
                new CoalescedTask(
                        "relayed-features " + endpoint,
                        Duration.ZERO,
                        Duration.ZERO,
                        this::registerAll);
        features.resources().addFallback((context, uri, _) -> read(context, uri));
        features.resources().watchSubscriptions(new Watcher());
    }

    /** Adds an upstream behind the others; call {@link #refresh} to register its features. */
    synchronized void add(Upstream upstream) {
        var more = new LinkedHashMap<>(upstreams);
        more.put(upstream, new RelayedCalls(upstream));
        upstreams = Collections.unmodifiableMap(more);
    }

    /** Removes an upstream; call {@link #refresh} to remove its features. */
    synchronized void remove(Upstream upstream) {
        var fewer = new LinkedHashMap<>(upstreams);
        fewer.remove(upstream);
        upstreams = Collections.unmodifiableMap(fewer);
    }

    private final class Watcher implements SubscriptionWatcher {

        @Override
        public void changed(ResourceSubscriber subscriber, Set<String> uris) {
            upstreams.keySet().forEach(each -> each.subscriptionsChanged(subscriber, uris));
        }

        @Override
        public void ended(String sessionId) {
            upstreams.keySet().forEach(each -> each.subscriberEnded(sessionId));
        }
    }

    /**
     * Reads a resource from the first upstream that returns contents. If an upstream fails or
     * returns an empty result, the next one is tried.
     */
    private @Nullable ResourceOutcome read(RequestContext context, String uri)
            throws InterruptedException {
        JsonRpcException failed = null;
        ResourceOutcome empty = null;
        for (Map.Entry<Upstream, RelayedCalls> each : upstreams.entrySet()) {
            if (!each.getKey().mayHaveResources()) {
                continue;
            }
            try {
                ResourceOutcome outcome = each.getValue().read(context, uri);
                if (outcome instanceof ResourceResult(var json)
                        && json.path("contents").isEmpty()) {
                    empty = empty == null ? outcome : empty;
                } else if (outcome != null) {
                    return outcome;
                }
            } catch (JsonRpcException e) {
                failed = e;
            }
        }
        if (empty == null && failed != null) {
            throw failed;
        }
        return empty;
    }

    /**
     * Updates the registered features to the current lists, without waiting.
     *
     * @return a future that completes when the features are registered
     */
    CompletableFuture<Void> refresh() {
        return registration.request();
    }

    void announceUpdate(String uri) {
        features.resources().announceUpdate(uri);
    }

    private void registerAll() {
        var leftOut = new LeftOut();
        register(
                CatalogueList.TOOLS,
                features.tools().names(),
                this::tool,
                features.tools()::replace,
                features.tools()::offerToSessions,
                leftOut);
        register(
                CatalogueList.PROMPTS,
                features.prompts().names(),
                this::prompt,
                features.prompts()::replace,
                features.prompts()::offerToSessions,
                leftOut);
        register(
                CatalogueList.RESOURCES,
                features.resources().uris(),
                this::resource,
                features.resources()::replace,
                features.resources()::offerToSessions,
                leftOut);
        register(
                CatalogueList.TEMPLATES,
                features.resources().uriTemplates(),
                this::template,
                features.resources()::replaceTemplates,
                features.resources()::offerTemplatesToSessions,
                leftOut);
        registerCompletions();
        upstreams.keySet().forEach(each -> each.leftOut(endpoint, leftOut.of(each)));
    }

    /**
     * Registers one list.
     *
     * @param all names or URIs of the list that are registered now, including those of upstreams
     */
    private <T> void register(
            CatalogueList list,
            Set<String> all,
            BiFunction<Named<ObjectNode>, ObjectNode, T> create,
            BiConsumer<Collection<String>, Collection<T>> replace,
            Consumer<Map<String, SessionOffer<T>>> offer,
            LeftOut leftOut) {
        var local = new HashSet<>(all);
        local.removeAll(registered(list).keySet());
        try {
            var offered = new LinkedHashMap<String, Named<ObjectNode>>();
            List<T> added = created(list, named(list, local, leftOut), offered, create, leftOut);
            if (!offered.equals(registered(list))) {
                replace.accept(registered(list).keySet(), added);
                registered.put(list, offered);
            }
            offer.accept(sessionOffers(list, local, create, leftOut));
        } catch (RuntimeException e) {
            log.error("{}: the changed list cannot be offered", list.method(), e);
        }
    }

    /** Creates the features of the entries. An entry that fails is left out. */
    private static <T> List<T> created(
            CatalogueList list,
            List<Named<ObjectNode>> all,
            Map<String, Named<ObjectNode>> offered,
            BiFunction<Named<ObjectNode>, ObjectNode, T> create,
            LeftOut leftOut) {
        var created = new ArrayList<T>();
        for (Named<ObjectNode> named : all) {
            try {
                created.add(create.apply(named, renamed(named)));
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
            Set<String> local,
            BiFunction<Named<ObjectNode>, ObjectNode, T> create,
            LeftOut leftOut) {
        var names = new HashMap<String, SessionNames>();
        for (Upstream upstream : upstreams.keySet()) {
            upstream.sessionCatalogues()
                    .forEach((session, catalogue) -> {
                        if (catalogue.lists().containsKey(list)) {
                            names.computeIfAbsent(
                                            session,
                                            _ -> new SessionNames(list, local, registered(list)))
                                    .replace(upstream, catalogue.entries(list));
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
        var hints = tool.feature().path("annotations");
        boolean repeatable =
                hints.path("readOnlyHint").asBoolean(false)
                        || hints.path("idempotentHint").asBoolean(false);
        ToolHandler handler =
                (context, arguments) ->
                        calls.call(context, tool.upstreamName(), repeatable, arguments);
        return new Tool(definition, handler, true, tool.aliases(), tool.upstream().name());
    }

    private Prompt prompt(Named<ObjectNode> prompt, ObjectNode definition) {
        RelayedCalls calls = calls(prompt.upstream());
        return new Prompt(
                definition,
                (context, arguments) -> calls.prompt(context, prompt.upstreamName(), arguments),
                prompt.aliases());
    }

    private Resource resource(Named<ObjectNode> resource, ObjectNode definition) {
        RelayedCalls calls = calls(resource.upstream());
        return new Resource(definition, (context, uri, _) -> calls.read(context, uri));
    }

    private ResourceTemplate template(Named<ObjectNode> template, ObjectNode definition) {
        RelayedCalls calls = calls(template.upstream());
        return new ResourceTemplate(
                definition, (context, uri, _) -> calls.read(context, uri), true);
    }

    private void registerCompletions() {
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
            if (each.upstream().catalogue().completes() && templates.contains(each.name())) {
                ObjectNode ref = JsonNodeFactory.instance.objectNode().put("type", "ref/resource");
                ref.put("uri", each.name());
                add(added, new Completion.Reference.ToResource(each.name()), each.upstream(), ref);
            }
        }
        features.completions().remove(completions);
        completions = new HashSet<>();
        added.forEach((reference, completion) -> {
            try {
                features.completions().add(List.of(completion));
                completions.add(reference);
            } catch (IllegalArgumentException e) {
                log.debug("{} is completed by a local feature", reference);
            }
        });
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

    /** A URI is not ours to change: where two have it, the first is listed. */
    private List<Named<ObjectNode>> named(CatalogueList list, Set<String> local, LeftOut leftOut) {
        if (!list.isNamed()) {
            var seen = new HashSet<>(local);
            return offers(list).stream()
                    .filter(each -> seen.add(each.name()))
                    .map(each ->
                            new Named<>(each.name(), each.upstream(), each.name(), each.feature()))
                    .toList();
        }
        Naming<ObjectNode> naming = RelayNames.of(local, offers(list));
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
        var offers = new ArrayList<Offered<ObjectNode>>();
        for (Upstream upstream : upstreams.keySet()) {
            for (ObjectNode entry : upstream.catalogue().entries(list)) {
                offers.add(new Offered<>(upstream, entry.path(list.key()).stringValue(), entry));
            }
        }
        return offers;
    }

    private static ObjectNode renamed(Named<ObjectNode> named) {
        if (named.name().equals(named.upstreamName())) {
            return named.feature();
        }
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        copy.setAll(named.feature());
        copy.put("name", named.name());
        return copy;
    }
}
