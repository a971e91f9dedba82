package io.springline.relay.endpoint;

import io.springline.feature.RequestContext;
import io.springline.feature.endpoint.ResourceSubscriber;
import io.springline.feature.endpoint.Resources.SubscriptionWatcher;
import io.springline.feature.result.ResourceOutcome;
import io.springline.feature.result.ResourceResult;
import io.springline.feature.uri.TemplateGlob;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.relay.catalogue.RelayedUris;
import io.springline.relay.catalogue.UpstreamCatalogue;
import io.springline.relay.client.CatalogueList;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.upstream.Upstream;
import io.springline.session.Caller;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Reads and subscribes to resources of the upstreams of one endpoint, by URI. Thread-safe. */
final class RelayedResources implements SubscriptionWatcher {

    /** The characters of templates of one upstream that are compared with a URI. */
    private static final int MAX_TEMPLATES = 20_000;

    private final EndpointUpstreams upstreams;
    private final BiPredicate<Upstream, String> offers;

    /**
     * @param offers whether the endpoint offers a resource, by the upstream's own URI
     */
    RelayedResources(EndpointUpstreams upstreams, BiPredicate<Upstream, String> offers) {
        this.upstreams = upstreams;
        this.offers = offers;
    }

    /** Returns further URIs by which access rules can match a resource. */
    List<String> aliases(String uri) {
        return upstreams.all().stream()
                .flatMap(each -> upstreams.uris(each).aliases(uri).stream())
                .toList();
    }

    /**
     * Reads a resource from the first upstream that returns contents: first from those that list it
     * or a template for it. If an upstream fails or returns an empty result, the next one is tried.
     * A URI that names its upstream is read from that one only.
     *
     * @param permitted the upstreams that the caller may read from
     */
    @Nullable ResourceOutcome read(
            RequestContext context, String uri, Predicate<Upstream> permitted)
            throws InterruptedException {
        JsonRpcException failed = null;
        ResourceOutcome empty = null;
        for (Upstream upstream : inOrder(context, uri, permitted)) {
            String own = upstreams.uris(upstream).inward(uri);
            boolean mayHave =
                    RelayedUris.isLocalToServer(uri) || upstream.mayHaveResources(context);
            if (own == null
                    || !mayHave
                    || !offers.test(upstream, own)
                    || !permitted.test(upstream)) {
                continue;
            }
            try {
                ResourceOutcome outcome = upstreams.calls(upstream).read(context, uri);
                if (outcome instanceof ResourceResult(var json)
                        && json.path("contents").isEmpty()) {
                    empty = empty == null ? outcome : empty;
                } else if (outcome != null) {
                    return outcome;
                }
            } catch (JsonRpcException e) {
                failed = e;
            } catch (UpstreamException e) {
                failed = ErrorCode.INTERNAL_ERROR.exception(String.valueOf(e.getMessage()));
            }
        }
        if (empty == null && failed != null) {
            throw failed;
        }
        return empty;
    }

    /** Returns the upstreams, those first that list the URI or a template for it. */
    private Set<Upstream> inOrder(
            RequestContext context, String uri, Predicate<Upstream> permitted) {
        var order = new LinkedHashSet<Upstream>();
        upstreams.all().stream()
                .filter(permitted)
                .filter(each -> lists(each, context, uri))
                .forEach(order::add);
        order.addAll(upstreams.all());
        return order;
    }

    private boolean lists(Upstream upstream, RequestContext context, String uri) {
        String own = upstreams.uris(upstream).inward(uri);
        UpstreamCatalogue known = upstream.catalogue(context.caller());
        return own != null
                && (known.entries(CatalogueList.RESOURCES).stream()
                                .anyMatch(each -> own.equals(each.path("uri").asString("")))
                        || hasTemplate(known, own));
    }

    private static boolean hasTemplate(UpstreamCatalogue known, String uri) {
        int characters = 0;
        for (ObjectNode each : known.entries(CatalogueList.TEMPLATES)) {
            String template = each.path("uriTemplate").asString("");
            characters += template.length();
            if (characters > MAX_TEMPLATES) {
                return false;
            }
            if (new TemplateGlob(template).matches(uri)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void changed(ResourceSubscriber subscriber, Set<String> changed) {
        for (Upstream each : upstreams.all()) {
            RelayedUris own = upstreams.uris(each);
            Set<String> offered =
                    changed.stream()
                            .map(own::inward)
                            .filter(Objects::nonNull)
                            .filter(uri -> offers.test(each, uri))
                            .collect(Collectors.toUnmodifiableSet());
            if (!offered.isEmpty()) {
                each.subscriptionsChanged(new UpstreamSubscriber(subscriber, own), offered);
            }
        }
    }

    @Override
    public void ended(String sessionId) {
        upstreams.all().forEach(each -> each.subscriberEnded(sessionId));
    }

    /** A subscriber as an upstream sees it, by the upstream's own URIs. */
    private record UpstreamSubscriber(ResourceSubscriber client, RelayedUris uris)
            implements ResourceSubscriber {

        @Override
        public String sessionId() {
            return client.sessionId();
        }

        @Override
        public Caller caller() {
            return client.caller();
        }

        @Override
        public boolean isSubscribed(String uri) {
            return client.isSubscribed(uris.outward(uri));
        }
    }
}
