/**
 * Requests while they wait for their answers: the client's, which can be cancelled, and those to
 * the client. Relies on {@code jsonrpc}. Never knows a method.
 */
@NullMarked
package io.springline.session.request;

import org.jspecify.annotations.NullMarked;
