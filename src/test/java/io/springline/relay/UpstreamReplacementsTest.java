package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.auth.CallerTokens;
import io.springline.relay.auth.UpstreamCredentials;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.stdio.StderrRing;
import io.springline.relay.upstream.SubscribedUris;
import io.springline.relay.upstream.Upstream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UpstreamReplacementsTest {

    private final List<List<Upstream>> replaced = new ArrayList<>();
    private final UpstreamReplacements replacements =
            new UpstreamReplacements((old, upstream) -> replaced.add(List.of(old, upstream)));

    private static Upstream upstream() {
        var spec = RelayProperties.Upstream.process("x", List.of(), Map.of(), null);
        return new Upstream(
                "x",
                spec,
                () -> {
                    throw new IllegalStateException();
                },
                new UpstreamCredentials("x", spec, new CallerTokens(), null),
                new StderrRing(),
                null,
                new SubscribedUris("x"));
    }

    @Test
    void replacesAnUpstreamOnce() {
        Upstream old = upstream();
        Upstream changed = upstream();
        replacements.plan(old, changed);
        replacements.takePlaceIfUp(changed);
        assertThat(replaced).as("it has no lists yet").isEmpty();
        assertThat(replacements.serving()).containsExactly(old);
        replacements.takePlace(changed);
        replacements.takePlace(changed);
        assertThat(replaced).containsExactly(List.of(old, changed));
        assertThat(replacements.serving()).isEmpty();
    }

    @Test
    void neverServesAVersionThatWasChangedBeforeItConnected() {
        Upstream old = upstream();
        Upstream middle = upstream();
        Upstream last = upstream();
        replacements.plan(old, middle);
        replacements.plan(middle, last);
        replacements.takePlace(middle);
        assertThat(replaced).isEmpty();
        replacements.takePlace(last);
        assertThat(replaced).containsExactly(List.of(old, last));
    }
}
