/**
 * Checks before a connection is served: Host and Origin, rate, credentials, connection limits; and
 * the ticket endpoint. Relies on {@code auth} and {@code audit}. Never reads a message.
 */
@NullMarked
package io.springline.transport.handshake;

import org.jspecify.annotations.NullMarked;
