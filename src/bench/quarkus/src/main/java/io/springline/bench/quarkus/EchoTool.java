package io.springline.bench.quarkus;

import io.quarkiverse.mcp.server.Tool;
import io.quarkiverse.mcp.server.ToolArg;

/** The same tool as Springline's own. */
public class EchoTool {

    @Tool(description = "Returns the message it is given")
    String echo(@ToolArg(description = "What to return") String message) {
        return "Echo: " + message;
    }
}
