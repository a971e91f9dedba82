package io.springline.cli;

import io.springline.client.AttachAgent;
import io.springline.client.local.AttachTarget;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** {@code springline attach wss://HOST/mcp/attach --name git -- npx -y some-server}. */
final class AttachCommand implements Command {

    private static final Option NAME =
            Arguments.option(
                    "name",
                    "NAME",
                    "name of the upstream; without it, the server's own name is used");
    private static final Option CONFIG =
            Arguments.option(
                    "config",
                    "FILE",
                    "attach each server of a file with mcpServers, under its name there, in place of COMMAND");
    private static final Option URL =
            Arguments.option(
                    "url",
                    "URL",
                    "attach a server that runs at this URL, such as http://localhost:3000/mcp, in place of COMMAND");

    private static final int CANNOT_START = 3;

    /** The time for running calls and for the MCP servers to exit after a signal. */
    private static final int LONGEST_STOP_SECONDS = 20;

    /** Why a server is not attached any more; {@code code} is 0 after a signal. */
    private record End(int code, String why) {}

    @Override
    public Usage usage() {
        return new Usage(
                "attach",
                "Makes MCP servers of this machine upstreams of a Springline server elsewhere.",
                "Exit codes: 0 ended by a signal; 1 the Springline server refuses all of them; 2 wrong usage; 3 an MCP server cannot be started.",
                List.of(
                        ServerOptions.URL,
                        new Parameter(
                                "COMMAND",
                                Parameter.Arity.REPEATED,
                                "program of the MCP server and its arguments, after --")));
    }

    @Override
    public Options options() {
        return ServerOptions.options().addOption(NAME).addOption(CONFIG).addOption(URL);
    }

    @Override
    public int run(Arguments arguments) throws Failure, InterruptedException {
        var hub = new ServerOptions(arguments);
        hub.logAt("INFO");
        boolean file = arguments.has(CONFIG);
        var agents = new LinkedHashMap<String, AttachAgent>();
        targets(arguments)
                .forEach((label, target) ->
                        agents.put(
                                label,
                                hub.client().attach(file ? label : arguments.value(NAME), target)));
        var ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(agents, ended)));
        try {
            return worst(run(hub, agents));
        } finally {
            ended.countDown();
        }
    }

    private static Map<String, AttachTarget> targets(Arguments arguments) {
        List<String> command = arguments.positionalFrom(1);
        String config = arguments.value(CONFIG);
        String url = arguments.value(URL);
        int ways = (config == null ? 0 : 1) + (url == null ? 0 : 1) + (command.isEmpty() ? 0 : 1);
        if (ways != 1) {
            throw new WrongUsageException("exactly one of COMMAND, --config and --url is required");
        }
        if (config != null) {
            return fromFile(config, arguments);
        }
        try {
            AttachTarget target =
                    url == null
                            ? new AttachTarget.Program(command)
                            : new AttachTarget.Url(new URI(url));
            return Map.of(target.toString(), target);
        } catch (IllegalArgumentException e) {
            throw new WrongUsageException("--url: " + e.getMessage());
        } catch (URISyntaxException e) {
            throw new WrongUsageException("--url: " + e.getReason()); // without the URL's secrets
        }
    }

    private static Map<String, AttachTarget> fromFile(String file, Arguments arguments) {
        if (arguments.has(NAME)) {
            throw new WrongUsageException(
                    "--name cannot be used with --config, which has the names");
        }
        try {
            ServersFile read = ServersFile.read(Path.of(file), System.getenv());
            read.notes().forEach(arguments::tell);
            if (read.servers().isEmpty()) {
                throw new WrongUsageException("no server of %s can be attached".formatted(file));
            }
            return read.servers();
        } catch (IOException | InvalidPathException e) {
            throw new WrongUsageException(String.valueOf(e.getMessage()));
        }
    }

    /** Runs the agents until all have ended; names each that ends before. */
    private static List<End> run(ServerOptions hub, Map<String, AttachAgent> agents) {
        var running = new ArrayList<CompletableFuture<End>>();
        agents.forEach((label, agent) -> {
            var end = new CompletableFuture<End>();
            running.add(end);
            Thread.ofPlatform()
                    .name("attach-" + label)
                    .start(() -> {
                        End reached = attach(hub, label, agent);
                        if (reached.code() != 0 && agents.size() > 1) {
                            hub.tell(reached.why());
                        }
                        end.complete(reached);
                    });
        });
        return running.stream().map(CompletableFuture::join).toList();
    }

    private static End attach(ServerOptions hub, String label, AttachAgent agent) {
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
