package io.springline.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Keeps what must not be logged because of a peer: errors, and warnings with a stack trace. */
public final class LogWatch implements AutoCloseable {

    private final List<String> alarms = new CopyOnWriteArrayList<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level before = root.getLevel();
    private final AppenderBase<ILoggingEvent> appender =
            new AppenderBase<>() {
                @Override
                protected void append(ILoggingEvent event) {
                    boolean stackTrace = event.getThrowableProxy() != null;
                    if (event.getLevel() == Level.ERROR
                            || event.getLevel() == Level.WARN && stackTrace) {
                        alarms.add(event + (stackTrace ? trace(event) : ""));
                    }
                }
            };

    /** Debug messages are not shown meanwhile: there may be millions. */
    public LogWatch() {
        root.setLevel(Level.INFO);
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
    }

    private static String trace(ILoggingEvent event) {
        return ": "
                + event.getThrowableProxy().getClassName()
                + ": "
                + event.getThrowableProxy().getMessage();
    }

    public List<String> alarms() {
        return List.copyOf(alarms);
    }

    @Override
    public void close() {
        root.setLevel(before);
        root.detachAppender(appender);
        appender.stop();
    }
}
