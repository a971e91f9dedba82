/**
 * The configuration of upstreams: properties, and the configuration files of MCP hosts. Relies on
 * no connection. Never starts anything.
 */
@NullMarked
package io.springline.relay.config;

import org.jspecify.annotations.NullMarked;
