package io.springline.cli;

import io.springline.client.AttachAgent;
import io.springline.client.local.AttachTarget;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
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
                "Makes MCP servers of this machine upstreams of a Springline server elsewhere.",
        footer =
                "Exit codes: 0 ended by a signal; 1 the Springline server refuses all of them; 2 wrong usage; 3 an MCP server cannot be started.",
        mixinStandardHelpOptions = true)
final class AttachCommand implements Callable<Integer> {

    private static final int CANNOT_START = 3;

    /** The time for running calls and for the MCP servers to exit after a signal. */
    private static final int LONGEST_STOP_SECONDS = 20;

    @Mixin private ServerOptions hub = new ServerOptions();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "name of the upstream; without it, the server's own name is used")
    private @Nullable String name;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "attach each server of a file with mcpServers, under its name there, in place of COMMAND")
    private @Nullable Path config;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description =
                    "attach a server that runs at this URL, such as http://localhost:3000/mcp, in place of COMMAND")
    private @Nullable URI url;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "COMMAND",
            description = "program of the MCP server and its arguments, after --")
    private List<String> command = List.of();

    /** Why a server is not attached any more; {@code code} is 0 after a signal. */
    private record End(int code, String why) {}

    @Override
    public Integer call() throws Failure, InterruptedException {
        hub.logAt("INFO");
        var agents = new LinkedHashMap<String, AttachAgent>();
        targets()
                .forEach((label, target) ->
                        agents.put(
                                label, hub.client().attach(config == null ? name : label, target)));
        var ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(agents, ended)));
        try {
            return worst(run(agents));
        } finally {
            ended.countDown();
        }
    }

    private Map<String, AttachTarget> targets() {
        int ways = (config == null ? 0 : 1) + (url == null ? 0 : 1) + (command.isEmpty() ? 0 : 1);
        if (ways != 1) {
            throw hub.usage("exactly one of COMMAND, --config and --url is required");
        }
        if (config != null) {
            return fromFile(config);
        }
        try {
            AttachTarget target =
                    url == null ? new AttachTarget.Program(command) : new AttachTarget.Url(url);
            return Map.of(target.toString(), target);
        } catch (IllegalArgumentException e) {
            throw hub.usage("--url: " + e.getMessage());
        }
    }

    private Map<String, AttachTarget> fromFile(Path file) {
        if (name != null) {
            throw hub.usage("--name cannot be used with --config, which has the names");
        }
        try {
            ServersFile read = ServersFile.read(file, System.getenv());
            read.notes().forEach(hub::tell);
            if (read.servers().isEmpty()) {
                throw hub.usage("no server of %s can be attached".formatted(file));
            }
            return read.servers();
        } catch (IOException e) {
            throw hub.usage(String.valueOf(e.getMessage()));
        }
    }

    /** Runs the agents until all have ended; names each that ends before. */
    private List<End> run(Map<String, AttachAgent> agents) {
        var running = new ArrayList<CompletableFuture<End>>();
        agents.forEach((label, agent) -> {
            var end = new CompletableFuture<End>();
            running.add(end);
            Thread.ofPlatform()
                    .name("attach-" + label)
                    .start(() -> {
                        End reached = attach(label, agent);
                        if (reached.code() != 0 && agents.size() > 1) {
                            hub.tell(reached.why());
                        }
                        end.complete(reached);
                    });
        });
        return running.stream().map(CompletableFuture::join).toList();
    }

    private End attach(String label, AttachAgent agent) {
        try {
            String refusal = agent.run();
            return refusal == null
                    ? new End(0, "")
                    : new End(
                            Failure.UNUSABLE,
                            "%s refuses '%s': %s. Check the URL (its path ends with /attach), --token-env or --token-file, and the name."
                                    .formatted(hub.uri(), label, refusal));
        } catch (IOException e) {
            return new End(
                    CANNOT_START,
                    "The MCP server '%s' cannot be started: %s. Check its command."
                            .formatted(label, e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new End(0, "");
        }
    }

    private static int worst(List<End> ends) throws Failure {
        End last = Collections.max(ends, (one, other) -> Integer.compare(one.code(), other.code()));
        if (last.code() != 0) {
            throw new Failure(last.code(), last.why());
        }
        return 0;
    }

    private static void stop(Map<String, AttachAgent> agents, CountDownLatch ended) {
        agents.values().forEach(AttachAgent::stop);
        try {
            ended.await(LONGEST_STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
