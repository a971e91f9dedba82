/**
 * From a message to its answer, in both eras of the protocol. Relies on {@code feature}, {@code
 * session} and {@code auth}. Never knows sockets.
 */
@NullMarked
package io.springline.dispatch;

import org.jspecify.annotations.NullMarked;
