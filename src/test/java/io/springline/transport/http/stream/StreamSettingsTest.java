package io.springline.transport.http.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamSettingsTest {

    /**
     * Acceptance test 11: the client disconnects after a comment. The next comment makes its host
     * send a reset, and writing the one after that fails.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 15, 3600})
    void detectsADisconnectedClientWithin20Seconds(long keepAliveSeconds) {
        var probing =
                new StreamSettings(1, 1, 1, TimeUnit.SECONDS.toNanos(keepAliveSeconds), false)
                        .probing();
        assertThat(probing.probes()).isTrue();
        assertThat(probing.keepAliveNanos() + probing.probeNanos())
                .isLessThan(TimeUnit.SECONDS.toNanos(20));
    }
}
