/**
 * Who is talking, how to talk back, and what is in flight. Relies on {@code jsonrpc}; owns the
 * ports {@link io.springline.session.Connection} and {@link io.springline.session.Backplane}. Never
 * knows a frame, nor what a tool is.
 */
@ApplicationModule(allowedDependencies = "jsonrpc")
@NullMarked
package io.springline.session;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
