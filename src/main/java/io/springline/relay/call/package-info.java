/**
 * Calls of an upstream's features: their way to the upstream and back, tasks included. Relies on
 * {@code relay.upstream}. Never opens a connection; changes results only to make them valid.
 */
@NullMarked
package io.springline.relay.call;

import org.jspecify.annotations.NullMarked;
