/**
 * Hashes of configured tokens, and which of the tokens are revoked. Depends on {@code session}.
 * Never keeps a token itself.
 */
@NullMarked
package io.springline.auth.token;

import org.jspecify.annotations.NullMarked;
