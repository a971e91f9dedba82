package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeepAliveTest {

    private final KeepAlive life = new KeepAlive(0);

    /** The peer shows by messages that it is alive, and reads nothing. */
    @Test
    void holdsPingsBackWhileOneIsQueued() {
        assertThat(life.pinged(1)).isTrue();
        life.received();
        assertThat(life.pinged(2)).isFalse();
        assertThat(life.isPongOverdue(12, 10)).isTrue();
        life.pingWritten();
        assertThat(life.pinged(3)).isTrue();
    }
}
