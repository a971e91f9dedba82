/**
 * The credentials of calls to upstreams: access tokens from authorization servers.
 *
 * <p>Never logs a credential, and never returns one in a message.
 */
@org.jspecify.annotations.NullMarked
package io.springline.relay.auth;
