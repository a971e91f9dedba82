/**
 * The responses of Streamable HTTP: JSON or an event stream, and which of them carries which
 * message. Relies on {@code session}. Never decides what a message means.
 */
@NullMarked
package io.springline.transport.http.stream;

import org.jspecify.annotations.NullMarked;
