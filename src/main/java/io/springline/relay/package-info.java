/**
 * Upstream MCP servers offered as features. Relies on the packages below it, which each know one
 * part of an upstream. Never changes a result more than it must.
 */
@NullMarked
package io.springline.relay;

import org.jspecify.annotations.NullMarked;
