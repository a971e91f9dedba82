/**
 * What endpoints offer of upstreams: names, rules of curated endpoints, features and their calls.
 * Relies on {@code relay.upstream} and {@code feature.endpoint}. Never opens a connection; changes
 * results only to make them valid.
 */
@NullMarked
package io.springline.relay.endpoint;

import org.jspecify.annotations.NullMarked;
