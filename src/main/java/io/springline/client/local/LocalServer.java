package io.springline.client.local;

import io.springline.jsonrpc.JsonRpcMessage;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** An MCP server of this machine that an agent attaches to a hub. */
public interface LocalServer extends AutoCloseable {

    /** Starts a server, or connects to it. */
    @FunctionalInterface
    interface Launcher {

        /**
         * @param messages receives the messages of the server
         * @param exit receives the exit code when the server has ended, after its last message
         * @throws IOException if it cannot be started
         */
        LocalServer start(Consumer<JsonRpcMessage> messages, IntConsumer exit) throws IOException;
    }

    /**
     * Sends a message. May block while the server does not read.
     *
     * @throws IOException if the server has ended
     */
    void send(JsonRpcMessage message) throws IOException;

    /** Returns the last lines that the server has written to standard error, oldest first. */
    default List<String> stderr() {
        return List.of();
    }

    @Override
    void close();
}
