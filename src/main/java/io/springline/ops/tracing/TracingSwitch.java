package io.springline.ops.tracing;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Excludes the auto-configuration of OpenTelemetry unless {@code springline.tracing.enabled} is
 * set, which makes the start faster. Registered in {@code META-INF/spring.factories}.
 */
final class TracingSwitch implements AutoConfigurationImportFilter, EnvironmentAware {

    private boolean on;

    @Override
    public void setEnvironment(Environment environment) {
        on = environment.getProperty("springline.tracing.enabled", Boolean.class, false);
    }

    @Override
    public boolean[] match(
            @Nullable String[] autoConfigurations, AutoConfigurationMetadata metadata) {
        var match = new boolean[autoConfigurations.length];
        for (int i = 0; i < match.length; i++) {
            String name = autoConfigurations[i];
            match[i] = on || name == null || !isTracing(name);
        }
        return match;
    }

    private static boolean isTracing(String autoConfiguration) {
        return autoConfiguration.startsWith("org.springframework.boot.micrometer.tracing.")
                || autoConfiguration.startsWith("org.springframework.boot.opentelemetry.");
    }
}
