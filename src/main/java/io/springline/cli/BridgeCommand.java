package io.springline.cli;

import io.springline.client.bridge.Bridge;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.util.List;
import org.apache.commons.cli.Options;

/**
 * {@code java -jar springline.jar bridge ws://HOST:8080/mcp}: runs until the host closes standard
 * input or ends. Standard output carries only JSON-RPC; logs go to standard error.
 */
final class BridgeCommand implements Command {

    private static final int MAX_MESSAGE_SIZE = 16 << 20;

    @Override
    public Usage usage() {
        return new Usage(
                "bridge",
                "Runs as a stdio MCP server and forwards all messages to and from a Springline server.",
                "Exit codes: 0 the host ended the bridge; 1 the server cannot be used; 2 wrong usage.",
                List.of(ServerOptions.URL));
    }

    @Override
    public Options options() {
        return ServerOptions.optionsWithEncoding();
    }

    @Override
    public int run(Arguments arguments) throws InterruptedException {
        var server = new ServerOptions(arguments);
        server.logAt("INFO");
        var bridge =
                new Bridge(
                        server.client(),
                        System.in,
                        new FileOutputStream(FileDescriptor.out),
                        MAX_MESSAGE_SIZE);
        ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(bridge::stop));
        // on SIGTERM, ends the session, so that the server does not keep it
        Runtime.getRuntime().addShutdownHook(new Thread(bridge::close));
        return bridge.run();
    }
}
