package io.springline.relay.auth;

import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientService;

/** The tokens of one upstream in memory, by principal; a limited number of them. Thread-safe. */
final class BoundedClients implements OAuth2AuthorizedClientService {

    private final BoundedMap<OAuth2AuthorizedClient> byPrincipal;

    BoundedClients(int maxPrincipals) {
        this.byPrincipal = new BoundedMap<>(maxPrincipals);
    }

    @Nullable OAuth2AuthorizedClient find(String principal) {
        return byPrincipal.get(principal);
    }

    void remove(String principal) {
        byPrincipal.remove(principal);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T extends OAuth2AuthorizedClient> @Nullable T loadAuthorizedClient(
            String registration, String principal) {
        return (T) byPrincipal.get(principal);
    }

    @Override
    public void saveAuthorizedClient(OAuth2AuthorizedClient client, Authentication principal) {
        byPrincipal.put(principal.getName(), client);
    }

    @Override
    public void removeAuthorizedClient(String registration, String principal) {
        byPrincipal.remove(principal);
    }
}
