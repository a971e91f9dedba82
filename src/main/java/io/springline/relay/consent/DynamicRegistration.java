package io.springline.relay.consent;

import io.springline.relay.auth.AuthorizationServer;
import io.springline.relay.auth.ForbiddenUrlException;
import io.springline.relay.config.UpstreamAuth.ClientAuthentication;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.client.RestClient;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Registers Springline as a client, once for each authorization server, whatever the number of
 * nodes.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7591">RFC 7591</a>
 */
record DynamicRegistration(
        RestClient http, URI redirectUri, EncryptedStore store, String upstream, Duration timeout) {

    /** The time for which a registration is kept. */
    private static final Duration KEPT = Duration.ofDays(3650);

    /** Later times mean "never". */
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private static final int MAX_CLIENTS = 1000;
    private static final String CLIENTS = "client";
    private static final String LEASES = "registration";
    private static final Duration POLL = Duration.ofMillis(100);

    /** Returns the registered client. Blocks while it is registered, by this node or another. */
    RegisteredClient client(AuthorizationServer server, List<String> scopes)
            throws IOException, InterruptedException {
        String lease = store.cipher().randomText();
        long end = System.nanoTime() + timeout.multipliedBy(3).toNanos();
        while (true) {
            Optional<RegisteredClient> known = known(server);
            if (known.isPresent()) {
                // encrypts it with the first key
                store.replace(CLIENTS, upstream, known.get(), known.get(), KEPT);
                return known.get();
            }
            // longer than the one request that its holder sends
            if (store.putIfAbsent(LEASES, upstream, lease, timeout.multipliedBy(2), MAX_CLIENTS)) {
                return registered(server, scopes, lease);
            }
            if (System.nanoTime() > end) {
                throw new IOException("another node registers the client, and does not finish");
            }
            Thread.sleep(POLL);
        }
    }

    private Optional<RegisteredClient> known(AuthorizationServer server) {
        return store.get(CLIENTS, upstream, RegisteredClient.class)
                .filter(each -> each.issuer().equals(server.issuer()))
                .filter(each -> redirectUri.toString().equals(each.redirectUri()))
                .filter(each -> !each.isExpired(Instant.now()));
    }

    /** Returns true if the client of this id is registered at the server, as far as is known. */
    boolean isCurrent(AuthorizationServer server, String clientId) {
        return known(server).filter(each -> each.clientId().equals(clientId)).isPresent();
    }

    /** Forgets a client that the authorization server does not know any more. */
    void forget(String clientId) {
        store.get(CLIENTS, upstream, RegisteredClient.class)
                .filter(each -> each.clientId().equals(clientId))
                .ifPresent(each -> store.remove(CLIENTS, upstream, each));
    }

    private RegisteredClient registered(
            AuthorizationServer server, List<String> scopes, String lease) throws IOException {
        try {
            Optional<RegisteredClient> known = known(server);
            if (known.isPresent()) {
                return known.get();
            }
            RegisteredClient made = register(server, scopes);
            store.put(CLIENTS, upstream, made, KEPT, MAX_CLIENTS);
            return made;
        } finally {
            store.remove(LEASES, upstream, lease);
        }
    }

    private RegisteredClient register(AuthorizationServer server, List<String> scopes)
            throws IOException {
        URI endpoint = server.registrationEndpoint();
        if (endpoint == null) {
            throw new ForbiddenUrlException(
                    "it registers no clients: set auth.client-id of the upstream");
        }
        String body =
                http.post()
                        .uri(endpoint)
                        .contentType(MediaType.APPLICATION_JSON)
                        .accept(MediaType.APPLICATION_JSON)
                        .body(request(server, scopes).toString())
                        .retrieve()
                        .body(String.class);
        return registered(server, body);
    }

    private ObjectNode request(AuthorizationServer server, List<String> scopes) {
        ObjectNode request = JsonNodeFactory.instance.objectNode().put("client_name", "Springline");
        request.putArray("redirect_uris").add(redirectUri.toString());
        request.putArray("grant_types").add("authorization_code").add("refresh_token");
        request.putArray("response_types").add("code");
        String methods = "token_endpoint_auth_methods_supported";
        request.put(
                "token_endpoint_auth_method",
                server.contains(methods, "client_secret_basic")
                        ? "client_secret_basic"
                        : server.contains(methods, "client_secret_post")
                                ? "client_secret_post"
                                : "none");
        if (!scopes.isEmpty()) {
            request.put("scope", String.join(" ", scopes));
        }
        return request;
    }

    private RegisteredClient registered(AuthorizationServer server, @Nullable String body)
            throws IOException {
        JsonNode json;
        try {
            json = JsonMapper.shared().readTree(body == null ? "" : body);
        } catch (JacksonException e) {
            throw new IOException("its registration is not JSON", e);
        }
        String id = json.path("client_id").asString("");
        if (id.isEmpty()) {
            throw new IOException("its registration has no client_id");
        }
        String secret = json.path("client_secret").asString("");
        if (secret.isEmpty()) {
            return new RegisteredClient(
                    server.issuer(),
                    redirectUri.toString(),
                    id,
                    null,
                    ClientAuthentication.NONE,
                    null);
        }
        boolean post =
                json.path("token_endpoint_auth_method").asString("").equals("client_secret_post");
        // seconds; 0 if the secret does not expire
        long expires =
                Math.min(json.path("client_secret_expires_at").asLong(0), LATEST.getEpochSecond());
        return new RegisteredClient(
                server.issuer(),
                redirectUri.toString(),
                id,
                secret,
                post ? ClientAuthentication.POST : ClientAuthentication.BASIC,
                expires <= 0 ? null : Instant.ofEpochSecond(expires));
    }
}
