package io.springline.bench.quarkus;

import io.quarkiverse.mcp.server.Tool;
import io.quarkiverse.mcp.server.ToolArg;
import io.smallrye.common.annotation.NonBlocking;

/** The same tool as Springline's own, in both modes. */
public class EchoTool {

    @Tool(description = "Returns the message it is given")
    String echo(@ToolArg(description = "What to return") String message) {
        return "Echo: " + message;
    }

    /** Runs on the event loop. */
    @NonBlocking
    @Tool(name = "fast", description = "Returns the message it is given")
    String nonBlocking(@ToolArg(description = "What to return") String message) {
        return "Echo: " + message;
    }
}
