package io.springline.relay.consent;

import io.springline.config.InvalidConfigurationException;
import io.springline.relay.auth.AuthorizationServerClient;
import io.springline.relay.auth.Consents;
import io.springline.relay.auth.CredentialFailures;
import io.springline.relay.config.RelayProperties;
import io.springline.session.Caller;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The upstreams that are called with the consent of their callers. Thread-safe. */
public final class ConsentedUpstreams {

    /** A consent, for the user who gave it. */
    record Given(
            String upstream, Instant since, @Nullable Instant expiresAt, List<String> scopes) {}

    private final ConsentProperties properties;
    private final @Nullable URI publicUrl;
    private final EncryptedStore store;
    private final boolean shared;
    private final Map<String, UpstreamConsents> byUpstream = new ConcurrentSkipListMap<>();

    /**
     * @param publicUrl scheme and authority under which browsers reach this service
     * @param shared whether the store outlives this node, so that it needs configured keys
     */
    ConsentedUpstreams(
            ConsentProperties properties,
            @Nullable URI publicUrl,
            ConsentStore store,
            boolean shared) {
        this.properties = properties;
        this.publicUrl = publicUrl;
        this.store = new EncryptedStore(store, new ConsentCipher(properties.keys()));
        this.shared = shared;
    }

    /**
     * Checks that an upstream can be added.
     *
     * @throws InvalidConfigurationException if the configuration lacks something
     */
    public void check(String upstream) {
        if (publicUrl == null) {
            throw new InvalidConfigurationException(
                    "springline.auth.public-url is not set, but upstream '%s' has auth.type authorization-code: an authorization server must know the address to which it sends users back"
                            .formatted(upstream),
                    "Set springline.auth.public-url to the address of this service for browsers, for example https://mcp.example.com.");
        }
        if (shared && properties.keys().isEmpty()) {
            throw new InvalidConfigurationException(
                    "springline.consent.keys is empty, but the tokens of upstream '%s' are kept in Redis"
                            .formatted(upstream),
                    "Set springline.consent.keys to a secret of at least 32 characters, the same on all nodes.");
        }
    }

    /**
     * Adds an upstream, or replaces one of this name.
     *
     * @throws InvalidConfigurationException if the configuration lacks something
     */
    public Consents add(
            String upstream,
            RelayProperties.Upstream spec,
            AuthorizationServerClient servers,
            CredentialFailures failures) {
        check(upstream);
        URI ownUrl = Objects.requireNonNull(publicUrl);
        URI url = Objects.requireNonNull(spec.url());
        var client =
                new AuthorizationCodeClient(
                        url,
                        spec.auth(),
                        servers,
                        failures,
                        ownUrl.resolve(ConsentRoutes.PATH + "/callback/" + upstream),
                        upstream,
                        store,
                        properties.keep());
        var consents =
                new UpstreamConsents(
                        upstream,
                        url,
                        ownUrl,
                        client,
                        store,
                        properties,
                        spec.auth().maxPrincipals(),
                        spec.auth().timeout());
        byUpstream.put(upstream, consents);
        return consents;
    }

    Optional<UpstreamConsents> find(String upstream) {
        return Optional.ofNullable(byUpstream.get(upstream));
    }

    /** Returns the consents that a caller has given. */
    List<Given> of(Caller caller) {
        var given = new ArrayList<Given>();
        byUpstream.forEach((name, consents) ->
                consents.grant(caller)
                        .ifPresent(grant ->
                                given.add(
                                        new Given(
                                                name,
                                                grant.since(),
                                                grant.tokens().refreshToken() == null
                                                        ? grant.tokens().expiresAt()
                                                        : null,
                                                grant.tokens().scopes().stream()
                                                        .sorted()
                                                        .toList()))));
        return given;
    }
}
