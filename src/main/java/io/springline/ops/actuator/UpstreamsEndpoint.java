package io.springline.ops.actuator;

import io.springline.relay.Upstreams;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code /actuator/upstreams}: the state of each upstream, including its last failure and the last
 * lines of its standard error.
 */
@Endpoint(id = "upstreams")
public final class UpstreamsEndpoint {

    private final Upstreams upstreams;

    public UpstreamsEndpoint(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    @ReadOperation
    JsonNode list() {
        return JsonMapper.shared().valueToTree(Map.of("upstreams", upstreams.all()));
    }

    @ReadOperation
    @Nullable JsonNode one(@Selector String name) {
        return upstreams.all().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .<JsonNode>map(JsonMapper.shared()::valueToTree)
                .orElse(null);
    }
}
