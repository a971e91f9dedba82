/**
 * What endpoints offer of upstreams: names, rules of curated endpoints, and features, whose
 * handlers use {@code relay.call}. Never opens a connection.
 */
@NullMarked
package io.springline.relay.endpoint;

import org.jspecify.annotations.NullMarked;
