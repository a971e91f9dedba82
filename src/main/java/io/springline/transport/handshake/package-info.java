/**
 * The checks before a connection is served: rate, Host and Origin, credential, connection limits.
 * Also the ticket endpoint. Uses {@code auth} and {@code audit}. Does not read messages.
 */
@NullMarked
package io.springline.transport.handshake;

import org.jspecify.annotations.NullMarked;
