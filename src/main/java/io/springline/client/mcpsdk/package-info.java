/**
 * The resuming client as a transport of the MCP Java SDK. Relies on {@code client}. Never
 * interprets a message.
 */
@NullMarked
package io.springline.client.mcpsdk;

import org.jspecify.annotations.NullMarked;
