/**
 * What all transports share: properties, statistics, client addresses, allowed hosts and origins.
 * Uses {@code session} and {@code dispatch}. Does not read messages.
 */
@NullMarked
package io.springline.transport;

import org.jspecify.annotations.NullMarked;
