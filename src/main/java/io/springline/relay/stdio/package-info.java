/**
 * Upstreams that are child processes, connected by their standard streams. Relies on {@code
 * relay.client}'s port. Does not interpret messages.
 */
@NullMarked
package io.springline.relay.stdio;

import org.jspecify.annotations.NullMarked;
