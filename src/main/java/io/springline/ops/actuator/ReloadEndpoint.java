package io.springline.ops.actuator;

import io.springline.reload.ConfigurationReload;
import io.springline.reload.ReloadStatus;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * {@code /actuator/reload}: GET shows which properties a reload would change; POST reads the
 * configuration files and applies what has changed. Answers contain no values.
 */
@Endpoint(id = "reload")
public final class ReloadEndpoint {

    private final ConfigurationReload reload;

    public ReloadEndpoint(ConfigurationReload reload) {
        this.reload = reload;
    }

    @ReadOperation
    ReloadStatus preview() {
        return reload.preview();
    }

    @WriteOperation
    ReloadStatus reload() {
        return reload.reload();
    }
}
