/**
 * The nodes of a cluster: which are alive, messages between them, and notifications to all of them,
 * by Redis. Relies on the ports of {@code session}. Never knows a session.
 */
@NullMarked
package io.springline.cluster.node;

import org.jspecify.annotations.NullMarked;
