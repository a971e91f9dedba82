package io.springline.ops.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogEventsTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final LogEvents events = new LogEvents(registry).open();

    @AfterEach
    void close() {
        events.close();
    }

    private double count(String level) {
        return registry.get("logback.events").tag("level", level).counter().count();
    }

    @Test
    void countsByLevelUntilItIsClosed() {
        // at a level that no other test's thread may log at meanwhile
        var log = (Logger) LoggerFactory.getLogger("io.springline.somewhere.Thing");
        log.setLevel(Level.TRACE);
        log.trace("seen");
        log.trace("seen again");
        log.error("broken");
        assertThat(count("trace")).isEqualTo(2);
        assertThat(count("error")).isPositive();
        events.close();
        log.trace("not seen");
        assertThat(count("trace")).isEqualTo(2);
    }
}
