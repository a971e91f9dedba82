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
 * Reports a start that failed for a reason for which there is no other report: what the exceptions
 * say, without their stack trace, which {@code --debug} prints. A fault of the program keeps it.
 */
@Order(Ordered.LOWEST_PRECEDENCE)
final class StartFailureAnalyzer implements FailureAnalyzer {

    private static final String ACTION =
            "Correct the configuration. With --debug the service prints the stack trace, too.";

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
            String said = said(each);
            if (said != null && reasons.stream().noneMatch(before -> before.contains(said))) {
                reasons.add(said);
            }
            if (each instanceof JsonParseException) {
                break; // the next one quotes the text
            }
        }
        return reasons.isEmpty()
                ? null
                : new FailureAnalysis(String.join("\n", reasons), ACTION, failure);
    }

    /** Whether another analyzer reports it. Their order is that of the class path: ask them all. */
    private static boolean isForAnother(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            // reported by analyzers that need a bean factory
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

    private static @Nullable String said(Throwable failure) {
        String message = failure.getMessage();
        return switch (failure) {
            // they name beans, and their messages repeat that of the cause
            case BeansException _ when failure.getCause() != null -> null;
            case ApplicationContextException _ when failure.getCause() != null -> null;
            case MarkedYAMLException yaml when yaml.getProblemMark() != null ->
                    "A configuration file is not YAML: line %d, column %d: %s"
                            .formatted(
                                    yaml.getProblemMark().getLine() + 1,
                                    yaml.getProblemMark().getColumn() + 1,
                                    yaml.getProblem());
            case JsonParseException _ -> "SPRING_APPLICATION_JSON is not JSON";
            case NoSuchFileException _ -> "There is no file " + message;
            case UnknownHostException _ -> "The host name %s is not known".formatted(message);
            default ->
                    message == null || message.startsWith("Error processing condition on ")
                            ? null
                            : message;
        };
    }
}
