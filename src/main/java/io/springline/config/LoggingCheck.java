package io.springline.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.util.ClassUtils;

/**
 * Refuses a log that cannot be written, before Spring Boot tries: its logging system fails with a
 * stack trace, or without a word.
 */
final class LoggingCheck implements EnvironmentPostProcessor, Ordered {

    private static final List<String> FORMATS = List.of("ecs", "gelf", "logstash");

    /** After the configuration files. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void postProcessEnvironment(
            ConfigurableEnvironment environment, SpringApplication application) {
        for (String output : List.of("console", "file")) {
            String property = "logging.structured.format." + output;
            String format = environment.getProperty(property);
            if (format != null
                    && !FORMATS.contains(format.toLowerCase(Locale.ROOT))
                    && !ClassUtils.isPresent(format, null)) {
                throw refused(property, format, "must be one of " + String.join(", ", FORMATS));
            }
        }
        String name = environment.getProperty("logging.file.name");
        String folder = environment.getProperty("logging.file.path");
        if (name != null && !tryOpen(name)) {
            throw refused("logging.file.name", name, "this file cannot be written");
        } else if (name == null && folder != null && !tryOpen(folder + "/spring.log")) {
            throw refused("logging.file.path", folder, "no file can be written there");
        }
    }

    private static InvalidConfigurationException refused(
            String property, String value, String reason) {
        return new InvalidConfigurationException(
                "%s=%s: %s".formatted(property, value, reason), "Correct or remove it.");
    }

    /** Opens the file as the logging system will do. Returns false if that fails. */
    private static boolean tryOpen(String name) {
        try {
            Path file = Path.of(name).toAbsolutePath();
            Path parent = file.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                    .close();
            return true;
        } catch (IOException | InvalidPathException e) {
            return false;
        }
    }
}
