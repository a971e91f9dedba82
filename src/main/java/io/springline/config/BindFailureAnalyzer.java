package io.springline.config;

import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.convert.ConverterNotFoundException;
import org.springframework.validation.FieldError;

/**
 * Reports a property with an invalid value in one line: the property, its value unless it may be a
 * secret, and the reason. Replaces Spring Boot's report, which contains names of Java types.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class BindFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

    private static final Pattern SECRET =
            Pattern.compile(
                    "(?i)(?!.*-location$).*(secret|token|passw|key|hash|credential|url|uri|env|headers).*");

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
        if (findCause(rootFailure, InvalidConfigurationException.class) != null) {
            return null;
        }
        BindValidationException invalid = findCause(cause, BindValidationException.class);
        String description =
                invalid == null ? unbound(cause) : String.join("\n", violations(invalid));
        return new FailureAnalysis(
                description,
                "Correct the value. docs/configuration.md describes each property."
                        + " Durations are written as 500ms, 30s or 5m; sizes as 64KB or 10MB; rates as 200/s.",
                cause);
    }

    private static List<String> violations(BindValidationException invalid) {
        List<String> lines = new ArrayList<>();
        for (var error : invalid.getValidationErrors()) {
            String name = invalid.getValidationErrors().getName().toString();
            if (error instanceof FieldError field) {
                String key = name + "." + dashed(field.getField());
                lines.add(line(key, field.getRejectedValue(), error.getDefaultMessage()));
            } else {
                lines.add(line(name, null, error.getDefaultMessage()));
            }
        }
        return lines;
    }

    private static String dashed(String field) {
        return Arrays.stream(field.split("\\."))
                .map(DataObjectPropertyName::toDashedForm)
                .collect(Collectors.joining("."));
    }

    private static String unbound(BindException failure) {
        ConfigurationProperty property = failure.getProperty();
        Throwable reason = failure;
        // the first exception that is not the framework's has the clearest message
        while (reason.getCause() != null
                && reason.getClass().getName().startsWith("org.springframework.")) {
            reason = reason.getCause();
        }
        String message = reason(failure, reason);
        String name = failure.getName().toString();
        if (property == null) {
            return named(name, message);
        }
        String origin =
                property.getOrigin() == null || property.getOrigin().toString().contains("\"")
                        ? ""
                        : " (set in %s)".formatted(property.getOrigin());
        return line(property.getName().toString(), property.getValue(), message) + origin;
    }

    /** The message, which may begin with the property itself, or with one that contains it. */
    private static String named(String name, String message) {
        int colon = message.indexOf(": ");
        if (colon > 0 && name.startsWith(message.substring(0, colon))) {
            return name + message.substring(colon);
        }
        return message.startsWith(name) ? message : "%s: %s".formatted(name, message);
    }

    private static String reason(BindException failure, Throwable thrown) {
        Class<?> type = failure.getTarget().getType().resolve(Object.class);
        if (thrown instanceof UnboundConfigurationPropertiesException) {
            return "the elements of a list are numbered [0], [1], [2] … without a gap";
        }
        if (thrown instanceof ConverterNotFoundException) {
            return Collection.class.isAssignableFrom(type)
                    ? "is a list, whose elements have members: set %s[0].… in place of one value"
                            .formatted(failure.getName())
                    : "has members: set %s.… in place of one value".formatted(failure.getName());
        }
        if (InetAddress.class.isAssignableFrom(type)) {
            return "must be an IP address, or a host name that is known";
        }
        if (URI.class.isAssignableFrom(type)) {
            return "must be a valid URL"; // the exception quotes the value, which may be a secret
        }
        if (type.isEnum()) {
            return "must be one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(each -> String.valueOf(each).toLowerCase(Locale.ROOT))
                            .map(each -> each.replace('_', '-'))
                            .collect(Collectors.joining(", "));
        }
        return thrown instanceof NumberFormatException
                ? "must be a number"
                : String.valueOf(thrown.getMessage());
    }

    static String line(String key, @Nullable Object value, @Nullable String reason) {
        boolean shown = value != null && !SECRET.matcher(key).matches();
        String text = String.valueOf(reason);
        String property = key.replaceAll("\\[[^]]*]", "") + ": ";
        return "%s%s: %s"
                .formatted(
                        key,
                        shown ? "=" + value : "",
                        text.startsWith(property) ? text.substring(property.length()) : text);
    }
}
