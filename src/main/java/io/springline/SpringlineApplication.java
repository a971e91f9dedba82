package io.springline;

import io.springline.cli.Commands;
import io.springline.transport.drain.GracefulDrain;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisRepositoriesAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.health.DataRedisHealthContributorAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.health.DataRedisReactiveHealthContributorAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.logging.logback.LogbackMetricsAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * The Model Context Protocol over WebSocket: the service, or with {@code call}, {@code list},
 * {@code ping} or {@code bridge} a client of it.
 */
@SpringBootApplication(
        exclude = {
            UserDetailsServiceAutoConfiguration.class,
            // ClusterConfiguration imports them if Redis is configured
            DataRedisAutoConfiguration.class,
            DataRedisReactiveAutoConfiguration.class,
            DataRedisRepositoriesAutoConfiguration.class,
            DataRedisHealthContributorAutoConfiguration.class,
            DataRedisReactiveHealthContributorAutoConfiguration.class,
            // LogEvents counts what is logged, at less cost
            LogbackMetricsAutoConfiguration.class
        })
@EnableScheduling // for plug-ins
public class SpringlineApplication {

    public static void main(String[] args) {
        if (args.length > 0 && Commands.isCommand(args[0])) {
            end(Commands.run(args));
        }
        refuseUnusablePlugins();
        SpringApplication.run(SpringlineApplication.class, args)
                .getBean(GracefulDrain.class)
                .forceExit();
    }

    /**
     * Ends the JVM after a command, which has closed its sessions. {@link System#exit} would search
     * all jars for a logger of exits.
     */
    private static void end(int exitCode) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread());
        } catch (IllegalStateException signalled) {
            // blocks until the shutdown hooks are done; the signal determines the exit code
            System.exit(exitCode);
        }
        Runtime.getRuntime().halt(exitCode);
    }

    /** Before Spring starts, since such a jar may have replaced a part of it. */
    private static void refuseUnusablePlugins() {
        String loaderPath = System.getProperty("loader.path", System.getenv("LOADER_PATH"));
        List<String> problems =
                PluginJars.problems(loaderPath, System.getProperty("java.class.path", ""));
        if (!problems.isEmpty()) {
            System.err.printf(
                    """

                    ***************************
                    APPLICATION FAILED TO START
                    ***************************

                    Description:

                    A plug-in is not a plain jar:
                        %s

                    Action:

                    Build the plug-in without the Shade or Spring Boot plug-in of Maven or Gradle, and put each library \
                    that it needs and the service does not have beside it, as a jar of its own. See docs/tools.md.

                    """,
                    String.join("\n    ", problems));
            System.exit(1);
        }
    }
}
