package io.springline.auth;

import jakarta.servlet.http.HttpServletRequest;

/**
 * Tells requests that the service's own pages or no page at all have made from those of foreign web
 * pages. Where nobody is asked who he is, this is all that stands between an operator's browser and
 * whatever page it has open.
 */
@FunctionalInterface
public interface OwnPages {

    /** Whether its Host is one of this service's, and its Origin, if it has one, the same. */
    boolean made(HttpServletRequest request);
}
