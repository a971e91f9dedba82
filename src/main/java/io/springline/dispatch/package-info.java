/**
 * Dispatches messages to features and answers them, for legacy and modern revisions. Uses {@code
 * feature}, {@code session} and {@code auth}. Does not know sockets.
 */
@NullMarked
package io.springline.dispatch;

import org.jspecify.annotations.NullMarked;
