/**
 * Resumable sessions: outbound log, acknowledgements, deduplication, resume tokens, and the {@link
 * io.springline.resume.store.SessionStore} port with its local form. Relies on {@code session}.
 * Never interprets what it replays.
 */
@NullMarked
package io.springline.resume;

import org.jspecify.annotations.NullMarked;
