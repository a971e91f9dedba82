package io.springline.config;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Reports an impossible value of a property of Spring Boot, for example {@code server.port}, as one
 * line. Spring Boot's own report names Java types.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidValueFailureAnalyzer
        extends AbstractFailureAnalyzer<InvalidConfigurationPropertyValueException> {

    @Override
    protected FailureAnalysis analyze(
            Throwable rootFailure, InvalidConfigurationPropertyValueException cause) {
        return new FailureAnalysis(
                BindFailureAnalyzer.line(cause.getName(), cause.getValue(), reason(cause)),
                "Correct or remove it.",
                cause);
    }

    private static String reason(InvalidConfigurationPropertyValueException failure) {
        String said = String.valueOf(failure.getReason());
        if (!said.startsWith("Failed to convert to type ")) {
            return said;
        }
        return switch (said.substring(said.lastIndexOf('.') + 1)) {
            case "Integer", "Long" -> "must be a number";
            case "Boolean" -> "must be true or false";
            case "InetAddress" -> "must be an IP address, or a host name that is known";
            default -> "cannot be understood";
        };
    }
}
