/**
 * Sessions in Redis: their state, the claim by which a node takes one over, and messages that
 * former owners forward. Relies on {@code cluster.node} and the ports of {@code resume.store}.
 * Never knows a connection.
 */
@NullMarked
package io.springline.cluster.session;

import org.jspecify.annotations.NullMarked;
