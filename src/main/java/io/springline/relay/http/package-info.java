/**
 * Upstreams reached by Streamable HTTP or HTTP with SSE. Relies on {@code relay.client}'s port and
 * Jetty's HTTP client. Does not interpret results.
 */
@NullMarked
package io.springline.relay.http;

import org.jspecify.annotations.NullMarked;
