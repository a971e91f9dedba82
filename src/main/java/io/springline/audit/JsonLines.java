package io.springline.audit;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.logback.StructuredLogEncoder;
import org.springframework.core.env.Environment;

/**
 * Gives the audit log a console of its own, one JSON object a line, whatever the rest of the log
 * looks like. Where Logback is not what logs, the events go where all others do.
 */
final class JsonLines {

    private static final String FORMAT = "logstash";

    private JsonLines() {}

    static void install(Environment environment) {
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        context.putObject(Environment.class.getName(), environment);
        Logger logger = context.getLogger(AuditLog.NAME);
        if (logger.getAppender(AuditLog.NAME) != null) {
            return;
        }
        var encoder = new StructuredLogEncoder();
        encoder.setContext(context);
        encoder.setFormat(FORMAT);
        encoder.start();
        var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setName(AuditLog.NAME);
        console.setEncoder(encoder);
        console.start();
        logger.addAppender(console);
        logger.setAdditive(false);
    }
}
