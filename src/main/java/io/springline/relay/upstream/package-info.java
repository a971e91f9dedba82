/**
 * One upstream MCP server: its connections, lists, probes and subscriptions, and what operators see
 * of it. Relies on {@code relay.client}, {@code relay.catalogue} and {@code relay.auth}. Never
 * decides what an endpoint offers.
 */
@NullMarked
package io.springline.relay.upstream;

import org.jspecify.annotations.NullMarked;
