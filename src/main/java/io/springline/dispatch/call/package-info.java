/**
 * One call while it runs: its context, its questions to the client, its outcome and its answer.
 * Relies on {@code feature} and {@code session}. Never decides which feature answers.
 */
@NullMarked
package io.springline.dispatch.call;

import org.jspecify.annotations.NullMarked;
