package io.springline.transport.handshake;

import io.springline.transport.AllowLists;
import io.springline.transport.TransportStatistics.Rejection;
import org.jspecify.annotations.Nullable;

/**
 * The check of {@code Host} and {@code Origin} of an MCP request. Browsers send cookies with
 * requests of any page, and in a DNS rebinding attack Origin and Host are equal, so each is checked
 * on its own. Clients that are no browsers send no Origin.
 */
record HostAndOriginCheck(AllowLists allowed) {

    /** Returns the reason to refuse the request, or null. */
    @Nullable Rejection rejection(@Nullable String host, @Nullable String origin) {
        if (host == null || !allowed.hosts().allowsHost(host)) {
            return Rejection.HOST;
        }
        return origin == null || allowed.origins().allowsOrigin(origin) ? null : Rejection.ORIGIN;
    }
}
