package io.springline.testing;

import io.springline.concurrent.SchedulerNames;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.context.annotation.FilterType;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * The rooms that need no socket: session, feature, auth and dispatch, as the application wires
 * them.
 */
public final class CoreContext {

    private CoreContext() {}

    public static ApplicationContextRunner runner() {
        return new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(
                                ConfigurationPropertiesAutoConfiguration.class,
                                SslAutoConfiguration.class))
                .withUserConfiguration(Rooms.class);
    }

    /** Without {@code @Configuration}, which other contexts of tests would find. */
    @EnableScheduling
    @ComponentScan(
            basePackages = {
                "io.springline.session",
                "io.springline.resume",
                "io.springline.feature",
                "io.springline.toolcall",
                "io.springline.auth",
                "io.springline.dispatch"
            },
            // Tests live in the packages that they test, and what they configure is theirs alone.
            excludeFilters =
                    @Filter(
                            type = FilterType.REGEX,
                            pattern = {".*Test\\$.*", ".*IT\\$.*", ".*SecurityConfiguration"}))
    static class Rooms {

        @Bean(name = SchedulerNames.SPRINGLINE, destroyMethod = "shutdownNow")
        static ScheduledExecutorService scheduler() {
            return Executors.newSingleThreadScheduledExecutor();
        }
    }
}
