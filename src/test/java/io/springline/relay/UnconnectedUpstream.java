package io.springline.relay;

import io.springline.auth.CallerTokens;
import io.springline.relay.auth.UpstreamCredentials;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.stdio.StderrRing;
import io.springline.relay.upstream.SubscribedUris;
import io.springline.relay.upstream.Upstream;
import java.util.List;
import java.util.Map;

/** An upstream that is never connected. */
public final class UnconnectedUpstream {

    private UnconnectedUpstream() {}

    public static Upstream named(String name) {
        var spec = RelayProperties.Upstream.process("x", List.of(), Map.of(), null);
        return new Upstream(
                name,
                spec,
                () -> {
                    throw new IllegalStateException();
                },
                new UpstreamCredentials(name, spec, new CallerTokens(), null),
                new StderrRing(),
                null,
                new SubscribedUris(name));
    }
}
