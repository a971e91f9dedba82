package io.springline.ops.actuator;

import io.springline.ops.actuator.ReplicaReload.Replica;
import io.springline.reload.ConfigurationReload;
import io.springline.reload.ReloadStatus;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * {@code /actuator/reload}: GET shows which properties a reload would change, and the version of
 * each replica; POST applies what has changed in the configuration files, at all replicas. Answers
 * contain no values.
 */
@Endpoint(id = "reload")
public final class ReloadEndpoint {

    private final ConfigurationReload reload;
    private final ReplicaReload replicas;

    public ReloadEndpoint(ConfigurationReload reload, ReplicaReload replicas) {
        this.reload = reload;
        this.replicas = replicas;
    }

    /** A {@link ReloadStatus} of this replica, and the versions of all. */
    record Answer(
            String version,
            Set<String> changed,
            Set<String> needsRestart,
            @Nullable String fault,
            List<Replica> replicas) {}

    @ReadOperation
    Answer preview() throws InterruptedException {
        return answer(reload.preview());
    }

    @WriteOperation
    Answer reload() throws InterruptedException {
        ReloadStatus done = reload.reload();
        replicas.reloadOthers();
        return answer(done);
    }

    private Answer answer(ReloadStatus status) throws InterruptedException {
        return new Answer(
                status.version(),
                status.changed(),
                status.needsRestart(),
                status.fault(),
                replicas.all());
    }
}
