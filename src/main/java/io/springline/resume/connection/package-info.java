/**
 * One resumable session's connection: outbound log, acknowledgements, deduplication, resume tokens,
 * and the sockets that it is attached to, one after the other. Relies on {@code session} and {@code
 * resume.store}. Never interprets what it replays.
 */
@NullMarked
package io.springline.resume.connection;

import org.jspecify.annotations.NullMarked;
