package io.springline.relay.auth;

import io.springline.session.Caller;

/**
 * Whom the calls of a connection act for.
 *
 * @param key equal for all calls of one principal with the same rights, also if its token changes
 * @param stamp differs if a connection with an earlier stamp must not be used any more
 */
public record CallerIdentity(String key, String stamp, Caller caller) {}
