package io.springline.testing;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;

/** The rooms that need no socket: session, feature and dispatch, as the application wires them. */
public final class CoreContext {

    private CoreContext() {}

    public static ApplicationContextRunner runner() {
        return new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(ConfigurationPropertiesAutoConfiguration.class))
                .withUserConfiguration(Rooms.class);
    }

    @Configuration(proxyBeanMethods = false)
    @ComponentScan({"io.springline.session", "io.springline.feature", "io.springline.dispatch"})
    static class Rooms {}
}
