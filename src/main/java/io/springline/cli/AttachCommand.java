package io.springline.cli;

import io.springline.client.AttachAgent;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code springline attach wss://HOST/mcp/attach --name git -- npx -y some-server}. */
@Command(
        name = "attach",
        description =
                "Makes a stdio MCP server of this machine an upstream of a Springline server elsewhere.",
        footer =
                "Exit codes: 0 ended by a signal; 1 the Springline server refuses it; 2 wrong usage; 3 the MCP server cannot be started.",
        mixinStandardHelpOptions = true)
final class AttachCommand implements Callable<Integer> {

    private static final int CANNOT_START = 3;

    /** The time for the MCP server to exit after a signal. */
    private static final int LONGEST_STOP_SECONDS = 10;

    @Mixin private ServerOptions hub = new ServerOptions();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "name of the upstream; without it, the server's own name is used")
    private @Nullable String name;

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "COMMAND",
            description = "program of the MCP server and its arguments, after --")
    private List<String> command = List.of();

    @Override
    public Integer call() throws Failure, InterruptedException {
        hub.logAt("INFO");
        AttachAgent agent = hub.client().attach(name, command);
        var ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(agent, ended)));
        String refusal;
        try {
            refusal = agent.run();
        } catch (IOException e) {
            throw new Failure(
                    CANNOT_START,
                    "The MCP server '%s' cannot be started: %s. Check the command after --."
                            .formatted(command.getFirst(), e.getMessage()));
        } finally {
            ended.countDown();
        }
        if (refusal != null) {
            throw new Failure(
                    Failure.UNUSABLE,
                    "%s refuses this server: %s. Check the URL (its path ends with /attach), --token-env or --token-file, and --name."
                            .formatted(hub.uri(), refusal));
        }
        return 0;
    }

    private static void stop(AttachAgent agent, CountDownLatch ended) {
        agent.stop();
        try {
            ended.await(LONGEST_STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
