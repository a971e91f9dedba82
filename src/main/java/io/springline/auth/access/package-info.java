/**
 * Access rules: which roles and scopes a tool, resource or prompt requires. Relies on {@code
 * session}. Does not authenticate.
 */
@NullMarked
package io.springline.auth.access;

import org.jspecify.annotations.NullMarked;
