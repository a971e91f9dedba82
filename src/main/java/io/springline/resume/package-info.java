/**
 * The resumable sessions of this node: opens, resumes, expires and hands them over. Relies on
 * {@code session}, and on {@code resume.connection} for what one session keeps. Never interprets
 * what it replays.
 */
@NullMarked
package io.springline.resume;

import org.jspecify.annotations.NullMarked;
