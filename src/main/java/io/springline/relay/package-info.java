/**
 * Upstream MCP servers offered as features: life cycle, names, calls, subscriptions. Relies on the
 * packages below it, one for each part of an upstream. Changes results only to make them valid.
 */
@NullMarked
package io.springline.relay;

import org.jspecify.annotations.NullMarked;
