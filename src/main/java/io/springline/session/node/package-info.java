/**
 * Owns the port to the other nodes of the cluster. Relies on nothing. Never knows what the messages
 * and records mean.
 */
@NullMarked
package io.springline.session.node;

import org.jspecify.annotations.NullMarked;
