package io.springline.relay.consent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every store of consents does. */
public abstract class ConsentStoreContract {

    private static final Duration LONG = Duration.ofMinutes(10);

    private final String group = UUID.randomUUID().toString();

    /** Returns the store; in a cluster, as any node sees it. */
    protected abstract ConsentStore another();

    @Test
    void keepsAndReplacesAValue() {
        assertThat(another().put(group, "a", "1", LONG, 2)).isTrue();
        assertThat(another().get(group, "a")).hasValue("1");
        assertThat(another().put(group, "a", "2", LONG, 2)).isTrue();
        assertThat(another().get(group, "a")).hasValue("2");
        assertThat(another().get(group, "b")).isEmpty();
        assertThat(another().get("other", "a")).isEmpty();
    }

    @Test
    void takesAValueOnce() {
        another().put(group, "a", "1", LONG, 2);
        assertThat(another().take(group, "a")).hasValue("1");
        assertThat(another().take(group, "a")).isEmpty();
        assertThat(another().get(group, "a")).isEmpty();
    }

    @Test
    void addsAValueOnlyIfThereIsNone() {
        assertThat(another().putIfAbsent(group, "a", "1", LONG, 2)).isTrue();
        assertThat(another().putIfAbsent(group, "a", "2", LONG, 2)).isFalse();
        assertThat(another().get(group, "a")).hasValue("1");
    }

    @Test
    void limitsTheNumberOfValuesInAGroup() {
        another().put(group, "a", "1", LONG, 2);
        another().put(group, "b", "1", LONG, 2);
        assertThat(another().put(group, "c", "1", LONG, 2)).isFalse();
        assertThat(another().get(group, "c")).isEmpty();
        assertThat(another().put(group, "b", "2", LONG, 2)).isTrue();
        another().take(group, "a");
        assertThat(another().put(group, "c", "1", LONG, 2)).isTrue();
    }

    @Test
    void forgetsAValueAfterItsLifetime() {
        another().put(group, "a", "1", Duration.ofMillis(50), 1);
        await().until(() -> another().get(group, "a").isEmpty());
        assertThat(another().put(group, "b", "1", LONG, 1)).isTrue();
    }

    @Test
    void replacesOnlyTheExpectedValue() {
        assertThat(another().replace(group, "a", "1", "2", LONG)).isFalse();
        assertThat(another().get(group, "a")).isEmpty();
        another().put(group, "a", "1", LONG, 1);
        assertThat(another().replace(group, "a", "2", "3", LONG)).isFalse();
        assertThat(another().get(group, "a")).hasValue("1");
        assertThat(another().replace(group, "a", "1", "2", LONG)).isTrue();
        assertThat(another().get(group, "a")).hasValue("2");
    }

    @Test
    void removesOnlyTheExpectedValue() {
        assertThat(another().remove(group, "a", "1")).isFalse();
        another().put(group, "a", "1", LONG, 1);
        assertThat(another().remove(group, "a", "2")).isFalse();
        assertThat(another().get(group, "a")).hasValue("1");
        assertThat(another().remove(group, "a", "1")).isTrue();
        assertThat(another().get(group, "a")).isEmpty();
        assertThat(another().put(group, "b", "1", LONG, 1)).isTrue();
    }
}
