package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.mcp.CloseReason;
import org.junit.jupiter.api.Test;

class ClosingHandshakeTest {

    private final ClosingHandshake closing = new ClosingHandshake();

    @Test
    void sendsOneCloseFrameWithTheReason() {
        assertThat(closing.takeFrame()).isNull();
        closing.begin(CloseReason.SLOW_CONSUMER);
        assertThat(closing.isOpen()).isFalse();
        assertThat(closing.isInProgress()).isTrue();
        assertThat(closing.takeFrame()).isEqualTo(CloseReason.SLOW_CONSUMER);
        assertThat(closing.takeFrame()).isNull();
        assertThat(closing.isInProgress()).isTrue();
    }

    @Test
    void sendsNoCloseFrameIfThePeerHasEndedTheConnection() {
        closing.end();
        assertThat(closing.isOpen()).isFalse();
        assertThat(closing.takeFrame()).isNull();
        assertThat(closing.isInProgress()).isFalse();
        assertThat(closing.reason()).isNull();
    }

    @Test
    void remembersTheReasonAfterTheEnd() {
        closing.begin(CloseReason.REPLACED);
        closing.end();
        assertThat(closing.takeFrame()).isNull();
        assertThat(closing.reason()).isEqualTo(CloseReason.REPLACED);
    }
}
