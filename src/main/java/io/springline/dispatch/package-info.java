/**
 * From a message to the feature that answers it: the two protocol eras, decided once per request,
 * and the one place where a throwable becomes an error. Relies on {@code feature}, {@code auth},
 * {@code session} and {@code jsonrpc}, and tells {@code audit}. Never knows a frame or a socket.
 */
@ApplicationModule(allowedDependencies = {"jsonrpc", "session", "feature", "auth", "audit"})
@NullMarked
package io.springline.dispatch;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
