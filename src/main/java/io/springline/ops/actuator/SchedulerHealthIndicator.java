package io.springline.ops.actuator;

import io.springline.concurrent.SchedulerNames;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Part of liveness: down if the scheduler has not run for {@link #LONGEST_SILENCE}. All scheduled
 * tasks share one thread. If it is stuck, keep-alive pings, timeouts and the expiry of sessions
 * stop, and only a restart helps. Up before the first run.
 */
public final class SchedulerHealthIndicator implements HealthIndicator {

    static final Duration LONGEST_SILENCE = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(SchedulerHealthIndicator.class);

    private record Run(Thread thread, long nanos) {}

    private final LongSupplier clock;
    private volatile @Nullable Run last;
    private volatile boolean reported;

    /**
     * @param clock returns the time in nanoseconds, as {@link System#nanoTime}
     */
    public SchedulerHealthIndicator(LongSupplier clock) {
        this.clock = clock;
    }

    @Scheduled(fixedDelay = 1_000, scheduler = SchedulerNames.SPRINGLINE)
    void run() {
        last = new Run(Thread.currentThread(), clock.getAsLong());
        reported = false;
    }

    @Override
    public Health health() {
        Run run = last;
        Duration silence =
                run == null ? Duration.ZERO : Duration.ofNanos(clock.getAsLong() - run.nanos());
        boolean alive = silence.compareTo(LONGEST_SILENCE) < 0;
        if (!alive && run != null && !reported) {
            reported = true;
            report(run.thread(), silence);
        }
        return (alive ? Health.up() : Health.down())
                .withDetail("lastRunSecondsAgo", silence.toSeconds())
                .build();
    }

    /** Logs the stack trace of the scheduler thread. */
    private static void report(Thread scheduler, Duration silence) {
        var stuck = new IllegalStateException("the scheduler thread is stuck here");
        stuck.setStackTrace(scheduler.getStackTrace());
        log.atError()
                .addKeyValue("seconds", silence.toSeconds())
                .setCause(stuck)
                .log("the scheduler has stopped; liveness is down: restart this node");
    }
}
