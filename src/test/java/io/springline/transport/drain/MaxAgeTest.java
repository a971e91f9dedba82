package io.springline.transport.drain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MaxAgeTest {

    @Test
    void spreadsAgeLimitsWithinATenth() {
        var limits =
                Stream.generate(() -> UUID.randomUUID().toString())
                        .limit(1000)
                        .mapToLong(id -> MaxAge.limit(id, 1000))
                        .summaryStatistics();
        assertThat(limits.getMin()).isBetween(900L, 910L);
        assertThat(limits.getMax()).isBetween(1090L, 1100L);
        assertThat(limits.getAverage()).isBetween(990.0, 1010.0);
    }
}
