package io.springline.ops.metrics;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Counts log events as {@code logback.events} by {@code level}, like Micrometer's {@code
 * LogbackMetrics}. That class is a turbo filter, which Logback calls for each level check, many
 * times per frame: about 5 % of the CPU time of a call. This class is an appender, which Logback
 * calls for events only.
 */
public final class LogEvents extends AppenderBase<ILoggingEvent> {

    private static final List<Level> LEVELS =
            List.of(Level.ERROR, Level.WARN, Level.INFO, Level.DEBUG, Level.TRACE);

    private final Map<Level, Counter> counters = new HashMap<>();

    public LogEvents(MeterRegistry registry) {
        for (Level level : LEVELS) {
            counters.put(
                    level,
                    Counter.builder("logback.events")
                            .description("Events that were logged")
                            .baseUnit("events")
                            .tag("level", level.toString().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
    }

    /** Starts counting, until {@link #close}. */
    LogEvents open() {
        RootLog.attach("log-events", this);
        return this;
    }

    void close() {
        RootLog.detach(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        Counter counter = counters.get(event.getLevel());
        if (counter != null) {
            counter.increment();
        }
    }
}
