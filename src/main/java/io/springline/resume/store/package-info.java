/**
 * The port to the store of resumable sessions, and its form for one node. Relies on {@code
 * session}. Never knows a connection.
 */
@NullMarked
package io.springline.resume.store;

import org.jspecify.annotations.NullMarked;
