/**
 * The documents by which a deployment is found: {@code server.json} for the MCP registry, and the
 * server card. Relies on {@code auth} for how clients get in. Never tells what is not public.
 */
@NullMarked
package io.springline.registry;

import org.jspecify.annotations.NullMarked;
