package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class WebSocketsTest {

    /** A client that is closed while it starts the shared one must not take it from all others. */
    @Test
    void whoeverAsksAfterAnInterruptedStartStartsIt() throws Exception {
        var sockets = new WebSockets();
        Thread.currentThread().interrupt();
        assertThatThrownBy(sockets::client).isInstanceOf(InterruptedException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        var client = sockets.client();
        assertThat(client.isStarted()).isTrue();
        assertThat(sockets.client()).isSameAs(client);
        client.stop();
    }
}
