/**
 * Access rules: who may use which tool, resource and prompt. Relies on {@code session}. Never
 * authenticates.
 */
@NullMarked
package io.springline.auth.access;

import org.jspecify.annotations.NullMarked;
