/**
 * The documents that describe this deployment to clients: {@code server.json} for the MCP registry,
 * and the server card. Relies on {@code auth}. Contains public data only.
 */
@NullMarked
package io.springline.registry;

import org.jspecify.annotations.NullMarked;
