package io.springline.feature.endpoint;

import io.springline.feature.RequestContext;
import io.springline.feature.Resource;
import io.springline.feature.ResourceHandler;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.result.ResourceOutcome;
import io.springline.feature.schema.Params;
import io.springline.feature.uri.TemplateGlob;
import io.springline.feature.uri.UriTemplate;
import io.springline.jsonrpc.ErrorCode;
import io.springline.mcp.McpExtensions;
import io.springline.mcp.Topic;
import io.springline.session.Subscriptions;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The resources and resource templates of an endpoint, in order of registration. May be changed
 * while the server runs; clients then get a notification. Thread-safe.
 */
public final class Resources {

    private record ParsedTemplate(
            ResourceTemplate template, @Nullable UriTemplate uris, TemplateGlob glob) {

        static ParsedTemplate of(ResourceTemplate template) {
            return new ParsedTemplate(
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
    private final List<Function<String, List<String>>> aliases = new CopyOnWriteArrayList<>();
    private final Listing<Resource> resources;
    private final Listing<ParsedTemplate> families;
    private final ChangeAnnouncer announcer;
    private volatile Predicate<String> foreignApps = _ -> false;

    /**
     * @param announcer publishes change notifications
     * @param pageSize entries per page of a list, at least 1
     */
    Resources(ChangeAnnouncer announcer, int pageSize) {
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
     * @throws IllegalArgumentException if a URI is taken; then nothing has changed
     */
    public void add(Collection<Resource> added) {
        replace(List.of(), added);
    }

    /**
     * Removes and adds resources in one step, with one notification.
     *
     * @throws IllegalArgumentException if an added URI is taken; then nothing has changed
     */
    public void replace(Collection<String> removed, Collection<Resource> added) {
        if (resources.change(removed, added)) {
            announceChange();
        }
    }

    /**
     * Does the same, for a change that every node makes by itself: only the clients of this node
     * are notified, so that each client gets one notification.
     */
    public void replaceHere(Collection<String> removed, Collection<Resource> added) {
        if (resources.change(removed, added)) {
            announceChangeHere();
        }
    }

    /**
     * @throws IllegalArgumentException if a template is taken or malformed; then nothing has
     *     changed
     */
    public void addTemplates(Collection<ResourceTemplate> added) {
        replaceTemplates(List.of(), added);
    }

    /**
     * Removes and adds templates in one step, with one notification.
     *
     * @throws IllegalArgumentException if an added template is taken or malformed; then nothing has
     *     changed
     */
    public void replaceTemplates(Collection<String> removed, Collection<ResourceTemplate> added) {
        List<ParsedTemplate> parsed = added.stream().map(ParsedTemplate::of).toList();
        if (families.change(removed, parsed)) {
            announceChange();
        }
    }

    /** Replaces templates as {@link #replaceHere} replaces resources. */
    public void replaceTemplatesHere(
            Collection<String> removed, Collection<ResourceTemplate> added) {
        List<ParsedTemplate> parsed = added.stream().map(ParsedTemplate::of).toList();
        if (families.change(removed, parsed)) {
            announceChangeHere();
        }
    }

    /** Notifies clients that definitions have changed although the URIs have not. */
    public void announceChange() {
        announcer.everywhere(new Topic.ResourcesChanged());
    }

    /** Does the same for the clients of this node only, see {@link #replaceHere}. */
    public void announceChangeHere() {
        announcer.here(new Topic.ResourcesChanged());
    }

    /** Notifies the subscribers of {@code uri} that its content has changed. */
    public void announceUpdate(String uri) {
        announcer.everywhere(new Topic.ResourceUpdated(uri));
    }

    /** Does the same for the clients of this node only, if every node learns of the change. */
    public void announceUpdateHere(String uri) {
        announcer.here(new Topic.ResourceUpdated(uri));
    }

    /** Returns all resources, in order. */
    public List<Resource> all() {
        return List.copyOf(resources.all());
    }

    /** Returns all resource templates, in order. */
    public List<ResourceTemplate> templates() {
        return families.all().stream().map(ParsedTemplate::template).toList();
    }

    /** Returns the URIs of all resources, in order. */
    public Set<String> uris() {
        return resources.keys();
    }

    /** Returns the URI templates of all resource templates, in order. */
    public Set<String> uriTemplates() {
        return families.keys();
    }

    /** See {@link Features#joinGroup}. */
    void join(String session, String group) {
        resources.join(session, group);
        families.join(session, group);
    }

    /** Removes a session from its group. */
    void leave(String session) {
        resources.leave(session);
        families.leave(session);
    }

    /**
     * Sets what some sessions see differently, by session id. Replaces all earlier offers, and
     * sends no notification.
     */
    public void offerToSessions(Map<String, SessionOffer<Resource>> offers) {
        resources.offerToSessions(offers);
    }

    /** Sets the templates that some sessions see differently. See {@link #offerToSessions}. */
    public void offerTemplatesToSessions(Map<String, SessionOffer<ResourceTemplate>> offers) {
        var parsed = new HashMap<String, SessionOffer<ParsedTemplate>>();
        offers.forEach((session, offer) ->
                parsed.put(
                        session,
                        new SessionOffer<>(
                                offer.hidden(),
                                offer.added().stream().map(ParsedTemplate::of).toList())));
        families.offerToSessions(parsed);
    }

    /**
     * Returns one page of the session's resources.
     *
     * @param cursor null for the first page
     * @param visible filter on the URIs, or null for all
     */
    public Page list(@Nullable String cursor, @Nullable Predicate<String> visible, String session) {
        return resources.page(cursor, visible, session);
    }

    /**
     * Returns one page of the session's resource templates.
     *
     * @param cursor null for the first page
     * @param visible filter on the URI templates, or null for all
     */
    public Page listTemplates(
            @Nullable String cursor, @Nullable Predicate<String> visible, String session) {
        return families.page(cursor, visible, session);
    }

    /** Adds a function that returns further URIs by which access rules can match a resource. */
    public void addAliases(Function<String, List<String>> further) {
        aliases.add(further);
    }

    /**
     * Returns the names by which access rules can match this resource: its URI, its aliases, and
     * the templates that may expand to it.
     */
    public List<String> namesOf(String uri, String session) {
        if (uri.length() > Subscriptions.MAX_URI_LENGTH) {
            return List.of(uri); // too long to be read or subscribed to
        }
        return Stream.concat(
                        Stream.concat(
                                Stream.of(uri),
                                aliases.stream().flatMap(each -> each.apply(uri).stream())),
                        families.all(session).stream()
                                .filter(family -> family.glob.matches(uri))
                                .map(family -> family.template.uriTemplate()))
                .distinct()
                .toList();
    }

    boolean has(String uriOrTemplate) {
        return families.find(uriOrTemplate) != null || resources.find(uriOrTemplate) != null;
    }

    /**
     * Serves {@code resources/read}: reads the resource with exactly this URI, else the first
     * matching template, else the first fallback that has the URI.
     *
     * @throws io.springline.jsonrpc.JsonRpcException if there is no such resource, or the URI is
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
     * Adds a handler for URIs that match neither a resource nor a template. Fallbacks are tried in
     * the order of their addition, until one does not return null.
     */
    public void addFallback(ResourceHandler handler) {
        fallbacks.add(handler);
    }

    /** See {@link Features#foreignApps}. */
    void foreignApps(Predicate<String> foreign) {
        foreignApps = foreign;
    }

    /** Returns true if a resource of this server, not of an upstream, has this URI. */
    public boolean hasOwn(String uri) {
        Resource resource = resources.find(uri);
        return resource != null && !resource.relayed();
    }

    /** Receives the subscriptions of all sessions. */
    public interface SubscriptionWatcher {

        /**
         * Called when the subscriptions of a session have changed, on a thread of the session. Must
         * not block.
         *
         * @param uris those that may have changed
         * @throws io.springline.jsonrpc.JsonRpcException if there are too many. The watcher must
         *     then keep its former state
         */
        void changed(ResourceSubscriber subscriber, Set<String> uris);

        /** Called when a session that may have subscriptions has ended. */
        void ended(String sessionId);
    }

    public void watchSubscriptions(SubscriptionWatcher watcher) {
        watchers.add(watcher);
    }

    /**
     * Reports changed subscriptions to the watchers.
     *
     * @throws io.springline.jsonrpc.JsonRpcException if there are too many. The caller must then
     *     undo the change and call this method again
     */
    public void subscriptionsChanged(ResourceSubscriber subscriber, Set<String> uris) {
        watchers.forEach(watcher -> watcher.changed(subscriber, uris));
    }

    /** Reports to the watchers that a session has ended. */
    public void subscriberEnded(String sessionId) {
        watchers.forEach(watcher -> watcher.ended(sessionId));
    }

    private @Nullable ResourceOutcome read(RequestContext context, String uri) throws Exception {
        boolean foreign = foreignApps.test(McpExtensions.appUri(context.meta()));
        Resource resource = resources.find(uri, context.sessionId());
        if (resource != null) {
            if (foreign && !resource.relayed()) {
                return null;
            }
            return resource.handler().read(context, uri, Map.of());
        }
        for (ParsedTemplate family : families.all()) {
            Optional<Map<String, String>> variables = family.match(uri);
            if (variables.isPresent() && (family.template.relayed() || !foreign)) {
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
