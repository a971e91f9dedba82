/**
 * The messages of the extension by which clients open, resume and acknowledge sessions. Relies on
 * {@code resume}, and on the port of {@code dispatch} for extensions. Never keeps a session.
 */
@NullMarked
package io.springline.resume.protocol;

import org.jspecify.annotations.NullMarked;
