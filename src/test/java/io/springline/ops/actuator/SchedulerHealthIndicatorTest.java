package io.springline.ops.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;

class SchedulerHealthIndicatorTest {

    private final AtomicLong now = new AtomicLong();
    private final SchedulerHealthIndicator health = new SchedulerHealthIndicator(now::get);

    private Status afterSeconds(long seconds) {
        now.addAndGet(seconds * 1_000_000_000);
        return health.health().getStatus();
    }

    @Test
    void isUpBeforeTheFirstRun() {
        assertThat(afterSeconds(3600)).isEqualTo(Status.UP);
    }

    @Test
    void isDownWhileTheSchedulerHasNotRunForThirtySeconds() {
        health.run();
        assertThat(afterSeconds(29)).isEqualTo(Status.UP);
        assertThat(afterSeconds(1)).isEqualTo(Status.DOWN);
        assertThat(afterSeconds(1000)).isEqualTo(Status.DOWN);
        health.run();
        assertThat(afterSeconds(0)).isEqualTo(Status.UP);
    }
}
