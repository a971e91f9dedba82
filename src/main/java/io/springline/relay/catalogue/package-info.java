/**
 * The lists of an upstream: reading, validation and repair of entries. Relies on {@code
 * relay.client} and {@code relay.config}. Never calls a tool.
 */
@NullMarked
package io.springline.relay.catalogue;

import org.jspecify.annotations.NullMarked;
