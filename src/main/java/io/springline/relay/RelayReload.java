package io.springline.relay;

import io.springline.curation.EndpointsProperties;
import io.springline.relay.config.RelayProperties;
import io.springline.reload.Reloadable;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Applies changed upstreams and curated endpoints. */
final class RelayReload implements Reloadable {

    /** Time within which endpoints register their features, without asking an upstream. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Upstreams upstreams;

    RelayReload(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    @Override
    public Set<String> prefixes() {
        return Set.of("springline.relay", "springline.endpoints");
    }

    @Override
    public Change prepare(Environment changed) {
        Binder binder = Binder.get(changed);
        ConfiguredUpstreams next =
                ConfiguredUpstreams.of(
                        binder.bindOrCreate("springline.relay", RelayProperties.class),
                        binder.bindOrCreate("springline", EndpointsProperties.class),
                        changed);
        upstreams.check(next);
        return () -> await(upstreams.reconfigure(next));
    }

    /** Waits until endpoints hide what they must, before tokens and rules give access to more. */
    private static void await(CompletableFuture<Void> registered) {
        try {
            registered.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the wait for changed features was interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("endpoints do not show their changed features", e);
        }
    }
}
