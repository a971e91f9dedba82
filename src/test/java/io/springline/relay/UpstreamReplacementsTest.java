package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.relay.upstream.Upstream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UpstreamReplacementsTest {

    private final List<List<Upstream>> replaced = new ArrayList<>();
    private final UpstreamReplacements replacements =
            new UpstreamReplacements((old, upstream) -> replaced.add(List.of(old, upstream)));

    @Test
    void replacesAnUpstreamOnce() {
        Upstream old = UnconnectedUpstream.named("x");
        Upstream changed = UnconnectedUpstream.named("x");
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
        Upstream old = UnconnectedUpstream.named("x");
        Upstream middle = UnconnectedUpstream.named("x");
        Upstream last = UnconnectedUpstream.named("x");
        replacements.plan(old, middle);
        replacements.plan(middle, last);
        replacements.takePlace(middle);
        assertThat(replaced).isEmpty();
        replacements.takePlace(last);
        assertThat(replaced).containsExactly(List.of(old, last));
    }
}
