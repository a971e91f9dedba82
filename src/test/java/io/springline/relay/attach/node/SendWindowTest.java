package io.springline.relay.attach.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SendWindowTest {

    private final SendWindow window = new SendWindow();

    @Test
    void isFullWithTooManyBytesUntilTheyAreProcessed() {
        window.sent(1, SendWindow.MAX_BYTES - 1);
        assertThat(window.isFull()).isFalse();
        window.sent(2, 1);
        assertThat(window.isFull()).isTrue();
        window.processed(1);
        assertThat(window.isFull()).isFalse();
    }

    @Test
    void isFullWithTooManyMessagesUntilTheyAreProcessed() {
        for (int n = 1; n <= SendWindow.MAX_MESSAGES; n++) {
            assertThat(window.isFull()).isFalse();
            window.sent(n, 0);
        }
        assertThat(window.isFull()).isTrue();
        window.processed(SendWindow.MAX_MESSAGES / 2);
        window.processed(1);
        assertThat(window.isFull()).isFalse();
    }

    @Test
    void waitsForRoomNoLongerThanAllowed() throws Exception {
        window.sent(1, SendWindow.MAX_BYTES);
        assertThat(window.awaitRoom(Duration.ofMillis(50))).isFalse();
        var waiting =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return window.awaitRoom(Duration.ofMinutes(1));
                    } catch (InterruptedException e) {
                        return false;
                    }
                });
        window.processed(1);
        assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void nobodyWaitsAfterItWasClosed() throws Exception {
        window.sent(1, SendWindow.MAX_BYTES);
        window.close();
        window.sent(2, SendWindow.MAX_BYTES);
        assertThat(window.awaitRoom(Duration.ZERO)).isTrue();
    }
}
