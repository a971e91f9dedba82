package io.springline.relay;

import io.springline.curation.EndpointsProperties;
import io.springline.relay.config.RelayProperties;
import io.springline.reload.Reloadable;
import java.util.Set;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Applies changed upstreams and curated endpoints. */
final class RelayReload implements Reloadable {

    private final Upstreams upstreams;

    RelayReload(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    @Override
    public Set<String> prefixes() {
        return Set.of("springline.relay", "springline.endpoints");
    }

    @Override
    public Runnable prepare(Environment changed) {
        Binder binder = Binder.get(changed);
        ConfiguredUpstreams next =
                ConfiguredUpstreams.of(
                        binder.bindOrCreate("springline.relay", RelayProperties.class),
                        binder.bindOrCreate("springline", EndpointsProperties.class),
                        changed);
        upstreams.check(next);
        return () -> upstreams.reconfigure(next);
    }
}
