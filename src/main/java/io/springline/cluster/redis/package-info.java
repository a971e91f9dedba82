/** Redis itself: commands, keys, scripts. Relies on Lettuce. Never knows what a value means. */
@NullMarked
package io.springline.cluster.redis;

import org.jspecify.annotations.NullMarked;
