/**
 * Authentication and access rules. Relies on Spring Security. Never decides what a message means.
 */
@NullMarked
package io.springline.auth;

import org.jspecify.annotations.NullMarked;
