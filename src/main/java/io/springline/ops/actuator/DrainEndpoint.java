package io.springline.ops.actuator;

import io.springline.transport.drain.DrainState;
import io.springline.transport.drain.DrainView;
import io.springline.transport.drain.GracefulDrain;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code /actuator/drain}: GET returns the progress of the drain, POST starts it. Further POST
 * requests have no effect. The process keeps running after the drain; a later stop is then fast.
 */
@Endpoint(id = "drain")
public final class DrainEndpoint {

    private final GracefulDrain drain;

    public DrainEndpoint(GracefulDrain drain) {
        this.drain = drain;
    }

    /** The JSON of the response. */
    record Progress(String state, @Nullable Instant since, int connections, long inFlight) {

        static Progress of(DrainView view) {
            return new Progress(
                    label(view.state()), view.since(), view.connections(), view.inFlight());
        }
    }

    static String label(DrainState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    @ReadOperation
    JsonNode progress() {
        return JsonMapper.shared().valueToTree(Progress.of(drain.view()));
    }

    @WriteOperation
    JsonNode begin() {
        drain.begin();
        return progress();
    }
}
