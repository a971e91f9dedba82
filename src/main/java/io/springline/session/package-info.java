/**
 * The state of one client: requests in flight, requests to the client, subscriptions, limits.
 * Relies on {@code jsonrpc} and {@code mcp}. Never knows frames or features.
 */
@NullMarked
package io.springline.session;

import org.jspecify.annotations.NullMarked;
