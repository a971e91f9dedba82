package io.springline.ops.actuator;

import io.springline.relay.AttachedUpstreams;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code /actuator/attached}: GET lists the servers that have attached to any replica; DELETE with
 * the name of a token of servers revokes it on all replicas and closes the connections of its
 * servers.
 */
@Endpoint(id = "attached")
public final class AttachedEndpoint {

    private final @Nullable AttachedUpstreams servers;

    /**
     * @param servers null if servers cannot attach
     */
    public AttachedEndpoint(@Nullable AttachedUpstreams servers) {
        this.servers = servers;
    }

    @ReadOperation
    JsonNode list() {
        List<AttachedUpstreams.View> attached = servers == null ? List.of() : servers.all();
        return JsonMapper.shared().valueToTree(Map.of("servers", attached));
    }

    @DeleteOperation
    WebEndpointResponse<Void> revoke(@Selector String token) throws InterruptedException {
        return new WebEndpointResponse<>(
                servers != null && servers.revoke(token)
                        ? WebEndpointResponse.STATUS_NO_CONTENT
                        : WebEndpointResponse.STATUS_NOT_FOUND);
    }
}
