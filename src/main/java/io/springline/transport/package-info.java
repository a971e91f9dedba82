/**
 * What all transports share: properties, statistics, client addresses, allowed host names and
 * origins. Relies on {@code session} and {@code dispatch}. Never reads a message.
 */
@NullMarked
package io.springline.transport;

import org.jspecify.annotations.NullMarked;
