package io.springline.transport.http.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.Outbound;
import io.springline.session.limit.UnreadMemory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class UnreadBytesTest {

    private static final long TIMEOUT = TimeUnit.SECONDS.toNanos(10);

    private final UnreadBytes unread =
            new UnreadBytes(1000, UnreadMemory.unlimited().account(() -> "ada"));
    private final Outbound large = Outbound.essential(new byte[2000]);

    private boolean isStalledIn(int seconds) {
        return unread.isStalled(System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds), TIMEOUT);
    }

    @Test
    void stallsIfTheClientReadsNothingOfALargeResponse() {
        unread.begin();
        unread.add(large);
        assertThat(isStalledIn(5)).isFalse();
        assertThat(isStalledIn(15)).isTrue();
        unread.remove(large);
        assertThat(isStalledIn(15)).isFalse();
    }

    /** The client can read nothing as long as its other calls run. */
    @Test
    void doesNotStallBeforeTheResponseBegins() {
        unread.add(large);
        assertThat(isStalledIn(15)).isFalse();
        unread.begin();
        assertThat(isStalledIn(5)).isFalse();
        assertThat(isStalledIn(15)).isTrue();
    }
}
