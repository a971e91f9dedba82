/**
 * Authentication of clients and access rules for features, on top of Spring Security. Does not
 * interpret MCP messages.
 */
@NullMarked
package io.springline.auth;

import org.jspecify.annotations.NullMarked;
