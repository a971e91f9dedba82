package io.springline.config;

import java.net.UnknownHostException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
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

    private static final String DEBUG = " To see the stack trace, start the service with --debug.";
    private static final String ACTION = "Correct the configuration." + DEBUG;
    private static final String TLS_ACTION =
            "Correct server.ssl.* or spring.ssl.bundle.*: each file must exist, be readable for the"
                    + " user of this process, and have the type and the password that are configured."
                    + DEBUG;

    private static final Pattern PORT = Pattern.compile("(?i)port out of range:? ?(-?\\d+)");

    /** How the message of an exception begins that was made from its cause alone. */
    private static final Pattern TYPE =
            Pattern.compile("^(?:[a-z0-9]+\\.)+[A-Z]\\w*(?:Exception|Error): ");

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
        if (reasons.isEmpty()) {
            return null;
        }
        String all = String.join("\n", reasons);
        boolean tls = all.contains("SSL") || all.contains("key store");
        return new FailureAnalysis(all, tls ? TLS_ACTION : ACTION, failure);
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
        if (message == null) {
            return null;
        }
        var port = PORT.matcher(message);
        if (port.matches()) {
            return "A port must be 0 to 65535, not %s: see server.port, management.server.port and spring.data.redis.port"
                    .formatted(port.group(1));
        }
        if (isFromParserOfKeys(failure)) {
            return "the content is not of the expected format";
        }
        return switch (failure) {
            // their messages name beans and repeat the message of the cause
            case BeansException _ when failure.getCause() != null -> null;
            case ApplicationContextException _ when failure.getCause() != null -> null;
            case MarkedYAMLException yaml when yaml.getProblemMark() != null ->
                    "The configuration file %s is not YAML: line %d, column %d: %s"
                            .formatted(
                                    YamlFiles.withFault(yaml),
                                    yaml.getProblemMark().getLine() + 1,
                                    yaml.getProblemMark().getColumn() + 1,
                                    yaml.getProblem());
            case JsonParseException _ -> "SPRING_APPLICATION_JSON is not valid JSON";
            case NoSuchFileException _ -> "The file %s does not exist".formatted(message);
            case UnknownHostException _ -> "The host name %s cannot be resolved".formatted(message);
            default ->
                    message.startsWith("Error processing condition on ")
                            ? null
                            : TYPE.matcher(message).replaceFirst("");
        };
    }

    /** Such messages are about tags and lengths of DER. */
    private static boolean isFromParserOfKeys(Throwable failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        return trace.length > 0 && trace[0].getClassName().startsWith("sun.security.util.Der");
    }
}
