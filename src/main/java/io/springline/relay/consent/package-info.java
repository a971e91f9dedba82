/**
 * The consent of users to calls on their behalf: the pages on which they give it, the exchange with
 * the authorization server of an upstream, and the tokens that they get.
 *
 * <p>Tokens are stored encrypted. A link alone proves nothing: the browser must present a
 * credential of the principal that the call acts for. Never logs a credential, and never returns
 * one.
 */
@org.jspecify.annotations.NullMarked
package io.springline.relay.consent;
