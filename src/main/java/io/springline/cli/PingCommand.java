package io.springline.cli;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import tools.jackson.databind.node.JsonNodeFactory;

/** {@code java -jar springline.jar ping ws://…}. */
final class PingCommand implements Command {

    private static final Option JSON =
            Arguments.flag("json", "print the times in milliseconds, as JSON");
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    @Override
    public Usage usage() {
        return new Usage(
                "ping",
                "Measures how long a connection and a ping take. Connects twice and measures the second"
                        + " connection, since the first one includes loading the client.",
                Failure.EXIT_CODES,
                List.of(ServerOptions.URL));
    }

    @Override
    public Options options() {
        return ServerOptions.optionsWithEncoding().addOption(JSON);
    }

    @Override
    public int run(Arguments arguments) throws Failure, InterruptedException {
        var options = new ServerOptions(arguments);
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
            arguments.print(
                    arguments.has(JSON)
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
