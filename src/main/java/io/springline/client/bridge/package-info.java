/**
 * Serves a remote server to a host on standard input and output. Relies on {@code client}. Never
 * interprets a message.
 */
@NullMarked
package io.springline.client.bridge;

import org.jspecify.annotations.NullMarked;
