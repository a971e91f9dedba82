/**
 * The lists of an upstream: reads, checks and mends their entries. Relies on {@code relay.client}.
 * Never calls a tool.
 */
@NullMarked
package io.springline.relay.catalogue;

import org.jspecify.annotations.NullMarked;
