/**
 * Owns the way to a server that has attached to another node: the messages of its connection, over
 * those between the nodes. Relies on {@code relay.client} and on the port {@code session.node}.
 * Never decides which node has a server.
 */
@NullMarked
package io.springline.relay.attach.node;

import org.jspecify.annotations.NullMarked;
