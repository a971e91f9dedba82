package io.springline.transport.handshake;

import io.springline.transport.AllowedNames;
import io.springline.transport.TransportStatistics.Rejection;
import io.springline.transport.WebSocketProperties;
import org.jspecify.annotations.Nullable;

/**
 * The check of {@code Host} and {@code Origin} of an MCP request. Browsers send cookies with
 * requests of any page, and in a DNS rebinding attack Origin and Host are equal, so each is checked
 * on its own. Clients that are no browsers send no Origin.
 */
record HostAndOriginCheck(AllowedNames hosts, AllowedNames origins) {

    static HostAndOriginCheck of(WebSocketProperties properties) {
        return new HostAndOriginCheck(properties.hosts(), properties.origins());
    }

    /** Returns the reason to refuse the request, or null. */
    @Nullable Rejection rejection(@Nullable String host, @Nullable String origin) {
        if (host == null || !hosts.allowsHost(host)) {
            return Rejection.HOST;
        }
        return origin == null || origins.allowsOrigin(origin) ? null : Rejection.ORIGIN;
    }
}
