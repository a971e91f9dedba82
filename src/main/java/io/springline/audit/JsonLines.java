package io.springline.audit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import io.springline.config.InvalidConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.logback.StructuredLogEncoder;
import org.springframework.core.env.Environment;

/**
 * Gives the audit log a separate output with one JSON object per line, independent of the format of
 * other logs. If the logging library is not Logback, audit events go to the normal log.
 */
final class JsonLines {

    private static final String FORMAT = "logstash";

    private JsonLines() {}

    /**
     * Installs the output. Does nothing if the same output is already installed.
     *
     * @param file the file to append to, which also turns the audit log on; null for standard
     *     output
     * @throws InvalidConfigurationException if the file cannot be written
     */
    static void install(Environment environment, @Nullable String file) {
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            return;
        }
        context.putObject(Environment.class.getName(), environment);
        Logger logger = context.getLogger(AuditLog.NAME);
        String name = AuditLog.NAME + (file == null ? "" : " to " + file);
        if (logger.getAppender(name) == null) {
            var encoder = new StructuredLogEncoder();
            encoder.setContext(context);
            encoder.setFormat(FORMAT);
            encoder.start();
            OutputStreamAppender<ILoggingEvent> appender =
                    file == null ? new ConsoleAppender<>() : appending(file);
            appender.setContext(context);
            appender.setName(name);
            appender.setEncoder(encoder);
            appender.start();
            logger.detachAndStopAllAppenders();
            logger.addAppender(appender);
            logger.setAdditive(false);
        }
        if (file != null) {
            logger.setLevel(Level.INFO);
        } else if (!environment.containsProperty("logging.level." + AuditLog.NAME)) {
            logger.setLevel(Level.OFF);
        }
    }

    private static OutputStreamAppender<ILoggingEvent> appending(String file) {
        try (var _ =
                Files.newOutputStream(
                        Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            var appender = new FileAppender<ILoggingEvent>();
            appender.setFile(file);
            return appender;
        } catch (IOException e) {
            throw new InvalidConfigurationException(
                    "springline.audit.file: %s cannot be written".formatted(file),
                    "Choose a file in a folder that exists and that this user can write to.");
        }
    }
}
