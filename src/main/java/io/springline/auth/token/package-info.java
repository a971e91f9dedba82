/**
 * Configured tokens: their hashes, and those that operators have revoked. Relies on {@code
 * session}. Never keeps a token itself.
 */
@NullMarked
package io.springline.auth.token;

import org.jspecify.annotations.NullMarked;
