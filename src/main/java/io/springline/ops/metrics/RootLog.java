package io.springline.ops.metrics;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import org.slf4j.LoggerFactory;

/** Where all comes that is logged; with another library than Logback nobody is told of it. */
public final class RootLog {

    private RootLog() {}

    /** Starts the appender, which is told of each event from now until it is detached. */
    public static void attach(String name, Appender<ILoggingEvent> appender) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logback) {
            appender.setContext(logback);
            appender.setName(name);
            appender.start();
            root(logback).addAppender(appender);
        }
    }

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
