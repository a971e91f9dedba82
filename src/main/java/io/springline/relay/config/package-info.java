/**
 * The configuration of upstreams: properties, and the configuration files of MCP hosts. Relies on
 * {@code config} for its error. Never connects to an upstream.
 */
@NullMarked
package io.springline.relay.config;

import org.jspecify.annotations.NullMarked;
