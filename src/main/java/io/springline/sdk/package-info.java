/**
 * Spring AI annotations and MCP Java SDK specifications as features. Relies on {@code feature}.
 * Contains no transport.
 */
@NullMarked
package io.springline.sdk;

import org.jspecify.annotations.NullMarked;
