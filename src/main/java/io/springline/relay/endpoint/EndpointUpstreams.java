package io.springline.relay.endpoint;

import io.springline.relay.call.RelayedCalls;
import io.springline.relay.call.TaskHandles;
import io.springline.relay.catalogue.RelayedUris;
import io.springline.relay.upstream.Upstream;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The upstreams of one endpoint in the order of the configuration, with the calls to each of them.
 * Safe for use by many threads.
 */
final class EndpointUpstreams {

    private final String endpoint;
    private final boolean together;
    private final TaskHandles handles;
    private volatile Map<Upstream, RelayedCalls> byUpstream = Map.of();

    /**
     * @param endpoint name of the endpoint, empty for the main one
     * @param together whether the endpoint serves several upstreams together, so that some URIs
     *     must name their upstream
     */
    EndpointUpstreams(String endpoint, boolean together, TaskHandles handles) {
        this.endpoint = endpoint;
        this.together = together;
        this.handles = handles;
    }

    /** Adds an upstream behind the others. */
    synchronized void add(Upstream upstream) {
        var more = new LinkedHashMap<>(byUpstream);
        more.put(upstream, newCalls(upstream));
        byUpstream = Collections.unmodifiableMap(more);
    }

    /** Puts an upstream in the place of another. */
    synchronized void replace(Upstream old, Upstream upstream) {
        var changed = new LinkedHashMap<Upstream, RelayedCalls>();
        byUpstream.forEach((each, calls) -> {
            if (each != old) {
                changed.put(each, calls);
            } else {
                changed.put(upstream, newCalls(upstream));
            }
        });
        byUpstream = Collections.unmodifiableMap(changed);
    }

    synchronized void remove(Upstream upstream) {
        var fewer = new LinkedHashMap<>(byUpstream);
        fewer.remove(upstream);
        byUpstream = Collections.unmodifiableMap(fewer);
    }

    private RelayedCalls newCalls(Upstream upstream) {
        return new RelayedCalls(upstream, endpoint, uris(upstream), handles);
    }

    /** Returns the present upstreams with their calls. The map does not change afterwards. */
    Map<Upstream, RelayedCalls> byUpstream() {
        return byUpstream;
    }

    /** Returns the present upstreams. The set does not change afterwards. */
    Set<Upstream> all() {
        return byUpstream.keySet();
    }

    /**
     * Returns the calls to an upstream.
     *
     * @throws IllegalArgumentException if the endpoint does not have the upstream
     */
    RelayedCalls calls(Upstream upstream) {
        RelayedCalls calls = byUpstream.get(upstream);
        if (calls == null) {
            throw new IllegalArgumentException("not of this endpoint: " + upstream.name());
        }
        return calls;
    }

    /** Returns the URIs of an upstream at this endpoint. */
    RelayedUris uris(Upstream upstream) {
        return new RelayedUris(upstream.name(), together);
    }
}
