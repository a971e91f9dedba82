/**
 * Upstreams that are child processes and speak over their standard streams. Relies on {@code
 * relay.client}'s port. Never interprets a message.
 */
@NullMarked
package io.springline.relay.stdio;

import org.jspecify.annotations.NullMarked;
