package io.springline.relay.endpoint;

import io.springline.feature.RequestContext;
import io.springline.feature.endpoint.Resources;
import io.springline.jsonrpc.ErrorCode;
import io.springline.mcp.McpExtensions;
import io.springline.relay.catalogue.RelayedUris;
import io.springline.relay.endpoint.RelayNames.Named;
import io.springline.relay.upstream.Upstream;

/**
 * Keeps the apps of several servers at one endpoint apart: an app may call the tools and read the
 * resources of its own server only.
 *
 * @param own the resources of this service
 */
record AppIsolation(EndpointUpstreams upstreams, Resources own) {

    /** Returns true if the URI is that of an app of an upstream, not of this server. */
    boolean isAppOfUpstream(String app) {
        return RelayedUris.isLocalToServer(app)
                && !own.hasOwn(app)
                && upstreams.all().stream()
                        .map(upstreams::uris)
                        .anyMatch(each -> each.together() && each.inward(app) != null);
    }

    /** Returns true if the request names its app, and that is an app of another upstream. */
    boolean isForeignApp(RequestContext context, Upstream upstream) {
        String app = McpExtensions.appUri(context.meta());
        return upstreams.uris(upstream).together()
                && RelayedUris.isLocalToServer(app)
                && upstreams.all().stream()
                        .filter(each -> !each.name().equals(upstream.name()))
                        .anyMatch(each -> upstreams.uris(each).inward(app) != null);
    }

    /** Refuses the call of an app of another upstream. */
    void requireOwnApp(RequestContext context, Named<?> tool) {
        if (isForeignApp(context, tool.upstream())) {
            throw ErrorCode.INVALID_PARAMS.exception(
                    "Tool '%s' belongs to '%s': an app may call only the tools of its own server"
                            .formatted(tool.name(), tool.upstream().name()));
        }
    }
}
