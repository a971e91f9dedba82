package io.springline.ops.metrics;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import org.slf4j.LoggerFactory;

/** Access to Logback's root logger. With another logging library, the methods have no effect. */
public final class RootLog {

    private RootLog() {}

    /** Starts an appender and adds it to the root logger. It receives all events until detached. */
    public static void attach(String name, Appender<ILoggingEvent> appender) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logback) {
            appender.setContext(logback);
            appender.setName(name);
            appender.start();
            root(logback).addAppender(appender);
        }
    }

    /** Removes an appender from the root logger and stops it. */
    public static void detach(Appender<ILoggingEvent> appender) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logback) {
            root(logback).detachAppender(appender);
        }
        appender.stop();
    }

    private static Logger root(LoggerContext logback) {
        return logback.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }
}
