package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketsTest {

    private static final URI PLAIN = URI.create("ws://localhost/mcp");
    private static final URI SECURE = URI.create("wss://localhost/mcp");

    /** A client that is closed while it starts the shared one must not take it from all others. */
    @ParameterizedTest
    @ValueSource(strings = {"ws://localhost/mcp", "wss://localhost/mcp"})
    void startsTheClientAfterAnInterruptedStart(URI uri) throws Exception {
        var sockets = new WebSockets();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> sockets.client(uri)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        var client = sockets.client(uri);
        assertThat(client.isStarted()).isTrue();
        assertThat(sockets.client(uri)).isSameAs(client);
        client.stop();
    }

    @Test
    void readsCertificateAuthoritiesForSecureConnectionsOnly() throws Exception {
        var sockets = new WebSockets();
        var plain = sockets.client(PLAIN);
        var secure = sockets.client(SECURE);
        assertThat(plain.getHttpClient().getSslContextFactory())
                .isInstanceOf(WebSockets.NoTls.class);
        assertThat(secure.getHttpClient().getSslContextFactory().getSslContext()).isNotNull();
        plain.stop();
        secure.stop();
    }

    @Test
    void stopsItsThreadsAndStartsThemAgain() throws Exception {
        var sockets = new WebSockets();
        var plain = sockets.client(PLAIN);
        var secure = sockets.client(SECURE);
        sockets.stop();
        sockets.stop();
        assertThat(plain.isStopped()).isTrue();
        assertThat(secure.isStopped()).isTrue();
        assertThat(sockets.client(PLAIN).isStarted()).isTrue();
        sockets.stop();
    }
}
