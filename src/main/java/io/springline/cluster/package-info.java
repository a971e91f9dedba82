/**
 * This node's life in the cluster, and small stores in Redis. Relies on {@code cluster.node},
 * {@code cluster.session} and {@code cluster.task}. Never knows a feature.
 */
@NullMarked
package io.springline.cluster;

import org.jspecify.annotations.NullMarked;
