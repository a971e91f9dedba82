package io.springline.feature.endpoint;

import io.springline.feature.RequestContext;
import io.springline.feature.Resource;
import io.springline.feature.ResourceHandler;
import io.springline.feature.ResourceOutcome;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.schema.Params;
import io.springline.jsonrpc.ErrorCode;
import io.springline.mcp.Topic;
import io.springline.session.Subscriptions;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The resources and resource templates of this server, in order of registration. May be changed
 * while the server runs.
 */
public final class Resources {

    private record Family(
            ResourceTemplate template, @Nullable UriTemplate uris, TemplateGlob glob) {

        static Family of(ResourceTemplate template) {
            return new Family(
                    template,
                    template.relayed() ? null : new UriTemplate(template.uriTemplate()),
                    new TemplateGlob(template.uriTemplate()));
        }

        Optional<Map<String, String>> match(String uri) {
            return uris == null ? Optional.empty() : uris.match(uri);
        }
    }

    private final List<ResourceHandler> fallbacks = new CopyOnWriteArrayList<>();
    private final List<SubscriptionWatcher> watchers = new CopyOnWriteArrayList<>();
    private final Listing<Resource> resources;
    private final Listing<Family> families;
    private final Consumer<Topic> announcer;

    /**
     * @param pageSize entries on one page of a list, at least 1
     */
    public Resources(Consumer<Topic> announcer, int pageSize) {
        this.announcer = announcer;
        this.resources = new Listing<>("Resource", Resource::uri, Resource::definition, pageSize);
        this.families =
                new Listing<>(
                        "Resource template",
                        family -> family.template.uriTemplate(),
                        family -> family.template.definition(),
                        pageSize);
    }

    /**
     * @throws IllegalArgumentException with nothing changed, when a URI is taken
     */
    public void add(Collection<Resource> added) {
        replace(List.of(), added);
    }

    /** One change, announced once. */
    public void replace(Collection<String> removed, Collection<Resource> added) {
        if (resources.change(removed, added)) {
            announceChange();
        }
    }

    /**
     * @throws IllegalArgumentException with nothing changed, when a template is taken or malformed
     */
    public void addTemplates(Collection<ResourceTemplate> added) {
        replaceTemplates(List.of(), added);
    }

    /** One change, announced once. */
    public void replaceTemplates(Collection<String> removed, Collection<ResourceTemplate> added) {
        List<Family> parsed = added.stream().map(Family::of).toList();
        if (families.change(removed, parsed)) {
            announceChange();
        }
    }

    /** Tells clients that the list is new, although the URIs are the same. */
    public void announceChange() {
        announcer.accept(new Topic.ResourcesChanged());
    }

    /** Tells those who subscribed to {@code uri} that its content is new. */
    public void announceUpdate(String uri) {
        announcer.accept(new Topic.ResourceUpdated(uri));
    }

    /** Of all resources, in their order. */
    public Set<String> uris() {
        return resources.keys();
    }

    /** Of all resource templates, in their order. */
    public Set<String> uriTemplates() {
        return families.keys();
    }

    /** Replaces what single sessions are offered differently, by session id. Announces nothing. */
    public void offerToSessions(Map<String, SessionOffer<Resource>> offers) {
        resources.offerToSessions(offers);
    }

    /** As {@link #offerToSessions}, of templates. */
    public void offerTemplatesToSessions(Map<String, SessionOffer<ResourceTemplate>> offers) {
        var parsed = new HashMap<String, SessionOffer<Family>>();
        offers.forEach((session, offer) ->
                parsed.put(
                        session,
                        new SessionOffer<>(
                                offer.hidden(), offer.added().stream().map(Family::of).toList())));
        families.offerToSessions(parsed);
    }

    /**
     * @param visible which URIs are shown; null for all
     * @param session as which session sees it
     */
    public Page list(@Nullable String cursor, @Nullable Predicate<String> visible, String session) {
        return resources.page(cursor, visible, session);
    }

    /**
     * @param visible which URI templates are shown; null for all
     * @param session as which session sees it
     */
    public Page listTemplates(
            @Nullable String cursor, @Nullable Predicate<String> visible, String session) {
        return families.page(cursor, visible, session);
    }

    /**
     * Returns what access rules may name a resource by: its URI, and the templates that it may be
     * an expansion of.
     */
    public List<String> namesOf(String uri, String session) {
        if (uri.length() > Subscriptions.MAX_URI_LENGTH) {
            return List.of(uri); // it can neither be read nor subscribed to
        }
        return Stream.concat(
                        Stream.of(uri),
                        families.all(session).stream()
                                .filter(family -> family.glob.matches(uri))
                                .map(family -> family.template.uriTemplate()))
                .distinct()
                .toList();
    }

    boolean knows(String uriOrTemplate) {
        return families.find(uriOrTemplate) != null || resources.find(uriOrTemplate) != null;
    }

    /**
     * Serves {@code resources/read}: a resource of this very URI, else the first template that
     * matches.
     *
     * @throws io.springline.jsonrpc.JsonRpcException when there is no such resource, or the URI is
     *     longer than {@link Subscriptions#MAX_URI_LENGTH}
     */
    public ResourceOutcome read(RequestContext context, ObjectNode params) throws Exception {
        String uri = Params.string(params, "uri");
        if (uri.length() > Subscriptions.MAX_URI_LENGTH) {
            throw Params.invalid(
                    "uri",
                    "must not be longer than %d characters"
                            .formatted(Subscriptions.MAX_URI_LENGTH));
        }
        ResourceOutcome outcome = read(context, uri);
        if (outcome == null) {
            throw notFound(context, uri);
        }
        return outcome;
    }

    /**
     * Is asked for URIs that nothing else here knows; there may be several, asked in this order.
     */
    public void addFallback(ResourceHandler handler) {
        fallbacks.add(handler);
    }

    /** Is told what sessions are subscribed to. */
    public interface SubscriptionWatcher {

        /**
         * The session's subscriptions are others than before. Called on a thread of the session;
         * must not block.
         *
         * @throws io.springline.jsonrpc.JsonRpcException if these are too many; then nothing has
         *     changed
         */
        void changed(ResourceSubscriber subscriber);

        /** The session has ended. */
        void ended(String sessionId);
    }

    public void watchSubscriptions(SubscriptionWatcher watcher) {
        watchers.add(watcher);
    }

    /**
     * A session has subscribed to resources, or unsubscribed.
     *
     * @throws io.springline.jsonrpc.JsonRpcException if these are too many: the session is to take
     *     the change back, and to call this again
     */
    public void subscriptionsChanged(ResourceSubscriber subscriber) {
        watchers.forEach(watcher -> watcher.changed(subscriber));
    }

    /** A session that may have been subscribed has ended. */
    public void subscriberEnded(String sessionId) {
        watchers.forEach(watcher -> watcher.ended(sessionId));
    }

    private @Nullable ResourceOutcome read(RequestContext context, String uri) throws Exception {
        Resource resource = resources.find(uri, context.sessionId());
        if (resource != null) {
            return resource.handler().read(context, uri, Map.of());
        }
        for (Family family : families.all()) {
            Optional<Map<String, String>> variables = family.match(uri);
            if (variables.isPresent()) {
                return family.template.handler().read(context, uri, variables.get());
            }
        }
        for (ResourceHandler fallback : fallbacks) {
            ResourceOutcome outcome = fallback.read(context, uri, Map.of());
            if (outcome != null) {
                return outcome;
            }
        }
        return null;
    }

    private static RuntimeException notFound(RequestContext context, String uri) {
        ErrorCode code =
                context.version().isModern()
                        ? ErrorCode.INVALID_PARAMS
                        : ErrorCode.RESOURCE_NOT_FOUND;
        return code.exception(
                "Resource not found", JsonNodeFactory.instance.objectNode().put("uri", uri));
    }
}
