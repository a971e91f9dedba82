/**
 * The responses of Streamable HTTP: JSON or event stream, and which one carries which message. Uses
 * {@code session}. Does not know what a message means.
 */
@NullMarked
package io.springline.transport.http.stream;

import org.jspecify.annotations.NullMarked;
