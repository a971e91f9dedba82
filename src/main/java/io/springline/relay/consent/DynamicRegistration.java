package io.springline.relay.consent;

import io.springline.relay.auth.AuthorizationServer;
import io.springline.relay.auth.ForbiddenUrlException;
import io.springline.relay.config.UpstreamAuth.ClientAuthentication;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.client.RestClient;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Registers Springline as a client, once for each authorization server.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7591">RFC 7591</a>
 */
record DynamicRegistration(RestClient http, URI redirectUri, RegisteredClient.Store store) {

    /** Returns the registered client. Blocks while it is registered. */
    RegisteredClient client(AuthorizationServer server, List<String> scopes) throws IOException {
        RegisteredClient known = store.load();
        if (known != null
                && known.issuer().equals(server.issuer())
                && redirectUri.toString().equals(known.redirectUri())) {
            return known;
        }
        RegisteredClient registered = register(server, scopes);
        store.save(registered);
        return registered;
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
                    server.issuer(), redirectUri.toString(), id, null, ClientAuthentication.NONE);
        }
        boolean post =
                json.path("token_endpoint_auth_method").asString("").equals("client_secret_post");
        return new RegisteredClient(
                server.issuer(),
                redirectUri.toString(),
                id,
                secret,
                post ? ClientAuthentication.POST : ClientAuthentication.BASIC);
    }
}
