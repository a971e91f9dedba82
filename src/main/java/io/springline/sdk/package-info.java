/**
 * Spring AI annotations and MCP Java SDK specifications as features. Relies on {@code feature}.
 * Never serves a message itself.
 */
@NullMarked
package io.springline.sdk;

import org.jspecify.annotations.NullMarked;
