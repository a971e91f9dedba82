package io.springline.client;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.net.URI;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code java -jar springline.jar bridge ws://HOST:8080/mcp}. */
@Command(
        name = "bridge",
        description =
                "A stdio MCP server that carries every message to a Springline server and back.",
        footer = "Exit codes: 0 the host has ended it, 1 the server cannot be used, 2 wrong usage.",
        mixinStandardHelpOptions = true)
public final class BridgeCommand implements Callable<Integer> {

    private static final int MAX_MESSAGE_SIZE = 16 << 20;

    @Spec private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "URL", description = "ws://HOST:PORT/mcp or wss://HOST/mcp")
    private @Nullable URI uri;

    @Option(
            names = "--token-env",
            paramLabel = "NAME",
            description = "environment variable that holds the bearer token")
    private @Nullable String tokenEnv;

    @Option(names = "--binary", description = "use CBOR if the server speaks it")
    private boolean binary;

    @Option(names = "--compress", description = "compress messages if the server does")
    private boolean compress;

    @Option(names = "--verbose", description = "log each message's name to stderr")
    private boolean verbose;

    private BridgeCommand() {}

    /**
     * Runs until the host has closed standard input, or has ended. Standard output carries JSON-RPC
     * and nothing else; logs go to standard error.
     *
     * @param arguments without the word {@code bridge}
     * @return the exit code
     */
    public static int run(String... arguments) {
        System.setOut(System.err);
        return new CommandLine(new BridgeCommand()).execute(arguments);
    }

    @Override
    public Integer call() throws InterruptedException {
        // before the first logger is made
        System.setProperty("logback.configurationFile", "logback-bridge.xml");
        System.setProperty("springline.bridge.level", verbose ? "DEBUG" : "INFO");
        return carry();
    }

    private int carry() throws InterruptedException {
        var bridge =
                new Bridge(
                        settings(),
                        System.in,
                        new FileOutputStream(FileDescriptor.out),
                        MAX_MESSAGE_SIZE);
        ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(bridge::stop));
        // SIGTERM: the server need not keep the session
        Runtime.getRuntime().addShutdownHook(new Thread(bridge::close));
        return bridge.run();
    }

    private McpWebSocketClient.Builder settings() {
        URI server = uri;
        String variable = tokenEnv;
        try {
            if (server == null) {
                throw new IllegalArgumentException("the URL of the server is missing");
            }
            var settings = McpWebSocketClient.builder(server).binary(binary).compression(compress);
            if (variable != null) {
                if (System.getenv(variable) == null) {
                    throw new IllegalArgumentException(
                            "the environment variable %s is not set".formatted(variable));
                }
                settings.token(() -> System.getenv(variable));
            }
            settings.build();
            return settings;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine(), String.valueOf(e.getMessage()));
        }
    }

    private CommandLine commandLine() {
        if (spec == null) {
            throw new IllegalStateException("not run by picocli");
        }
        return spec.commandLine();
    }
}
