/**
 * The stdio bridge: connects a host that can only start processes to a remote server. Relies on
 * {@code client}. Does not change messages.
 */
@NullMarked
package io.springline.client.bridge;

import org.jspecify.annotations.NullMarked;
