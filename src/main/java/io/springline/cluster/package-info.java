/**
 * Many nodes as one service, by Redis: the sessions' store and the backplane. Relies on {@code
 * session} and {@code jsonrpc}; without {@code springline.cluster.redis.enabled} nothing of it
 * exists.
 */
@ApplicationModule(allowedDependencies = {"jsonrpc", "session"})
@NullMarked
package io.springline.cluster;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
