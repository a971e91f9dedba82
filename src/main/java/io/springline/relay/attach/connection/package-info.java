/**
 * Owns the connection with one attached server: the upstreams that share it, ids, the requests of
 * Springline itself, and the sessions that servers resume. Relies on {@code relay.client} for the
 * port of upstreams, and on {@code resume} for sessions. Never decides which name a server gets.
 */
@NullMarked
package io.springline.relay.attach.connection;

import org.jspecify.annotations.NullMarked;
