package io.springline.config;

import org.apache.commons.logging.Log;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;

/** Accepts old names of properties at the start, and logs a warning for each. */
final class RenamedPropertiesPostProcessor implements EnvironmentPostProcessor, Ordered {

    private final Log log;

    RenamedPropertiesPostProcessor(DeferredLogFactory logs) {
        this.log = logs.getLog(RenamedProperties.class);
    }

    /** After the configuration files have been read, and before anything uses them. */
    @Override
    public int getOrder() {
        return ConfigDataEnvironmentPostProcessor.ORDER + 1;
    }

    @Override
    public void postProcessEnvironment(
            ConfigurableEnvironment environment, SpringApplication application) {
        new RenamedProperties().apply(environment).forEach(log::warn);
    }
}
