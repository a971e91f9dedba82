package io.springline.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MaxAgeTest {

    @Test
    void limitsLieWithinATenthAndAreSpreadOverIt() {
        var limits =
                Stream.generate(() -> UUID.randomUUID().toString())
                        .limit(1000)
                        .mapToLong(id -> MaxAge.limit(id, Duration.ofSeconds(1000)).toSeconds())
                        .summaryStatistics();
        assertThat(limits.getMin()).isBetween(900L, 910L);
        assertThat(limits.getMax()).isBetween(1090L, 1100L);
        assertThat(limits.getAverage()).isBetween(990.0, 1010.0);
    }
}
