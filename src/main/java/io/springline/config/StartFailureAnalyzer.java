package io.springline.config;

import java.net.UnknownHostException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.json.JsonParseException;
import org.springframework.context.ApplicationContextException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Reports a failed start for which no other analyzer has a report: prints the messages of the
 * exceptions without the stack trace, which {@code --debug} prints. Programming errors, such as a
 * {@code NullPointerException}, keep their stack trace.
 */
@Order(Ordered.LOWEST_PRECEDENCE)
final class StartFailureAnalyzer implements FailureAnalyzer {

    private static final String ACTION =
            "Correct the configuration. To see the stack trace, start the service with --debug.";

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        if (isForAnother(failure)) {
            return null;
        }
        List<String> reasons = new ArrayList<>();
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (isProgramFault(each)) {
                return null;
            }
            String reason = reason(each);
            if (reason != null && reasons.stream().noneMatch(before -> before.contains(reason))) {
                reasons.add(reason);
            }
            if (each instanceof JsonParseException) {
                break; // the message of its cause quotes the configuration, maybe a secret
            }
        }
        return reasons.isEmpty()
                ? null
                : new FailureAnalysis(String.join("\n", reasons), ACTION, failure);
    }

    /**
     * Returns true if another analyzer has a report. Analyzers run in the order of the class path,
     * so this one asks all others.
     */
    private static boolean isForAnother(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            // its analyzers need a bean factory, so they cannot be asked here
            if (each instanceof NoSuchBeanDefinitionException) {
                return true;
            }
        }
        return SpringFactoriesLoader.forDefaultResourceLocation()
                .load(FailureAnalyzer.class, (_, _, _) -> {})
                .stream()
                .filter(each -> !(each instanceof StartFailureAnalyzer))
                .anyMatch(each -> each.analyze(failure) != null);
    }

    private static boolean isProgramFault(Throwable failure) {
        return failure instanceof Error
                || failure instanceof NullPointerException
                || failure instanceof ClassCastException
                || failure instanceof IndexOutOfBoundsException;
    }

    private static @Nullable String reason(Throwable failure) {
        String message = failure.getMessage();
        return switch (failure) {
            // their messages name beans and repeat the message of the cause
            case BeansException _ when failure.getCause() != null -> null;
            case ApplicationContextException _ when failure.getCause() != null -> null;
            case MarkedYAMLException yaml when yaml.getProblemMark() != null ->
                    "A configuration file is not YAML: line %d, column %d: %s"
                            .formatted(
                                    yaml.getProblemMark().getLine() + 1,
                                    yaml.getProblemMark().getColumn() + 1,
                                    yaml.getProblem());
            case JsonParseException _ -> "SPRING_APPLICATION_JSON is not valid JSON";
            case NoSuchFileException _ -> "The file %s does not exist".formatted(message);
            case UnknownHostException _ -> "The host name %s cannot be resolved".formatted(message);
            default ->
                    message == null || message.startsWith("Error processing condition on ")
                            ? null
                            : message;
        };
    }
}
