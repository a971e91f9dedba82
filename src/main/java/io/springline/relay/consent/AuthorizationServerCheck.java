package io.springline.relay.consent;

import io.springline.relay.auth.AuthorizationServer;
import io.springline.relay.auth.AuthorizationServerClient;
import io.springline.relay.auth.ForbiddenUrlException;
import io.springline.relay.config.UpstreamAuth;
import java.io.IOException;
import java.net.URI;

/** Decides whether users, and their codes, may be sent to an authorization server. */
final class AuthorizationServerCheck {

    private AuthorizationServerCheck() {}

    /**
     * @throws ForbiddenUrlException if it does not support PKCE, if a browser must not open its
     *     page, or if it could get the codes of another server
     * @throws IOException if its metadata cannot be used
     */
    static void check(AuthorizationServer server, UpstreamAuth auth) throws IOException {
        if (!server.supportsPkce()) {
            throw new ForbiddenUrlException("its metadata do not name the PKCE method S256");
        }
        requireSafe(server.authorizationEndpoint(), auth);
        requireOneServer(server, auth);
    }

    /** A browser opens this URL: it must not be of another scheme. */
    private static void requireSafe(URI endpoint, UpstreamAuth auth) throws ForbiddenUrlException {
        String origin = AuthorizationServerClient.origin(endpoint);
        boolean named =
                auth.allowPrivateAddresses()
                        || auth.issuerUri() != null
                                && origin.equals(
                                        AuthorizationServerClient.origin(auth.issuerUri()));
        if (!origin.startsWith("https://") && !(named && origin.startsWith("http://"))) {
            throw new ForbiddenUrlException(
                    "%s is not named in the configuration and is not HTTPS".formatted(origin));
        }
    }

    /**
     * An upstream could name a server whose metadata send users to another, honest one and have its
     * codes sent to the first: the answer must name the issuer (RFC 9207), or both must be one.
     */
    private static void requireOneServer(AuthorizationServer server, UpstreamAuth auth)
            throws IOException {
        if (auth.issuerUri() == null
                && !server.namesIssuerInResponses()
                && !AuthorizationServerClient.origin(server.authorizationEndpoint())
                        .equals(AuthorizationServerClient.origin(server.tokenEndpoint()))) {
            throw new ForbiddenUrlException(
                    "%s does not belong to the server at which users consent, or nothing shows that: if both can be trusted, set auth.issuer-uri of the upstream"
                            .formatted(server.tokenEndpoint()));
        }
    }
}
