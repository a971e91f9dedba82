package io.springline.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.JsonNodeFactory;

/** {@code java -jar springline.jar ping ws://…}. */
@Command(
        name = "ping",
        description =
                "Measures how long a connection and a ping take. Connects twice and measures the second"
                        + " connection, since the first one includes loading the client.",
        footer = Failure.EXIT_CODES,
        mixinStandardHelpOptions = true)
final class PingCommand implements Callable<Integer> {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    @Mixin private ClientOptions options = new ClientOptions();

    @Option(names = "--json", description = "print the times in milliseconds, as JSON")
    private boolean json;

    @Override
    public Integer call() throws Failure, InterruptedException {
        try (var first = CommandSession.open(options, TIMEOUT)) {
            first.ask("ping", null);
        }
        long start = System.nanoTime();
        try (var server = CommandSession.open(options, TIMEOUT)) {
            double connect = millis(System.nanoTime() - start);
            long asked = System.nanoTime();
            // ping is the only request that needs no session
            server.ask("ping", null);
            double ping = millis(System.nanoTime() - asked);
            options.print(
                    json
                            ? JsonNodeFactory.instance
                                    .objectNode()
                                    .put("connectMillis", connect)
                                    .put("pingMillis", ping)
                                    .toString()
                            : String.format(
                                    Locale.ROOT,
                                    "%s answers: connected in %.1f ms, ping %.1f ms",
                                    options.uri(),
                                    connect,
                                    ping));
            return 0;
        }
    }

    private static double millis(long nanos) {
        return Math.round(nanos / 1e4) / 100.0;
    }
}
