/**
 * Owns the limits of how often and how many servers attach: connections per token, handshakes at a
 * time, servers that attach again and again. Relies on {@code session.limit} for rates. Never knows
 * a connection.
 */
@NullMarked
package io.springline.relay.attach.limit;

import org.jspecify.annotations.NullMarked;
