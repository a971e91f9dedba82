package io.springline.config;

import java.util.List;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/** Describes a fault of the configuration as a refused start does. */
public final class ConfigurationFaults {

    private static final List<FailureAnalyzer> ANALYZERS =
            List.of(
                    new InvalidConfigurationFailureAnalyzer(),
                    new BindFailureAnalyzer(),
                    new InvalidValueFailureAnalyzer(),
                    new StartFailureAnalyzer());

    private ConfigurationFaults() {}

    /** Returns the property and what is wrong with it, without a value that may be secret. */
    public static String describe(Throwable failure) {
        for (FailureAnalyzer each : ANALYZERS) {
            FailureAnalysis analysis = each.analyze(failure);
            if (analysis != null) {
                return String.valueOf(analysis.getDescription());
            }
        }
        return "the files cannot be read: " + failure.getClass().getSimpleName();
    }
}
