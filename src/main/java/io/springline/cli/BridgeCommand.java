package io.springline.cli;

import io.springline.client.bridge.Bridge;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code java -jar springline.jar bridge ws://HOST:8080/mcp}: runs until the host has closed
 * standard input, or has ended. Standard output carries JSON-RPC and nothing else; logs go to
 * standard error.
 */
@Command(
        name = "bridge",
        description =
                "Runs as a stdio MCP server that passes every message to a Springline server and back.",
        footer =
                "Exit codes: 0 the host ended the bridge; 1 the server cannot be used; 2 wrong usage.",
        mixinStandardHelpOptions = true)
final class BridgeCommand implements Callable<Integer> {

    private static final int MAX_MESSAGE_SIZE = 16 << 20;

    @Mixin private ServerOptions server = new ServerOptions();

    @Override
    public Integer call() throws InterruptedException {
        server.logAt("INFO");
        var bridge =
                new Bridge(
                        server.client(),
                        System.in,
                        new FileOutputStream(FileDescriptor.out),
                        MAX_MESSAGE_SIZE);
        ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(bridge::stop));
        // SIGTERM: the server need not keep the session
        Runtime.getRuntime().addShutdownHook(new Thread(bridge::close));
        return bridge.run();
    }
}
