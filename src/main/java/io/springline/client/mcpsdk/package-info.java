/**
 * A transport of the MCP Java SDK that uses the resuming client. Relies on {@code client}. Does not
 * interpret messages.
 */
@NullMarked
package io.springline.client.mcpsdk;

import org.jspecify.annotations.NullMarked;
