package io.springline.cli;

import io.springline.client.bridge.Bridge;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code java -jar springline.jar bridge ws://HOST:8080/mcp}: runs until the host closes standard
 * input or ends. Standard output carries only JSON-RPC; logs go to standard error.
 */
@Command(
        name = "bridge",
        description =
                "Runs as a stdio MCP server and forwards all messages to and from a Springline server.",
        footer =
                "Exit codes: 0 the host ended the bridge; 1 the server cannot be used; 2 wrong usage.",
        mixinStandardHelpOptions = true)
final class BridgeCommand implements Callable<Integer> {

    private static final int MAX_MESSAGE_SIZE = 16 << 20;

    @Mixin private ClientOptions server = new ClientOptions();

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
        // on SIGTERM, ends the session, so that the server does not keep it
        Runtime.getRuntime().addShutdownHook(new Thread(bridge::close));
        return bridge.run();
    }
}
