package io.springline.ops.actuator;

import io.springline.auth.UrlTokens;
import java.util.Map;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code /actuator/urltokens}: GET lists the URL tokens without their hashes; DELETE with a name
 * revokes this token on all replicas and closes its connections.
 */
@Endpoint(id = "urltokens")
public final class UrlTokensEndpoint {

    private final UrlTokens tokens;

    public UrlTokensEndpoint(UrlTokens tokens) {
        this.tokens = tokens;
    }

    @ReadOperation
    JsonNode list() {
        return JsonMapper.shared().valueToTree(Map.of("tokens", tokens.all()));
    }

    @DeleteOperation
    WebEndpointResponse<Void> revoke(@Selector String name) throws InterruptedException {
        return new WebEndpointResponse<>(
                tokens.revoke(name)
                        ? WebEndpointResponse.STATUS_NO_CONTENT
                        : WebEndpointResponse.STATUS_NOT_FOUND);
    }
}
