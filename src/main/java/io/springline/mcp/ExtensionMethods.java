package io.springline.mcp;

/**
 * The methods of Springline's own extensions, see {@code docs/binding.md}, and the ids of
 * extensions.
 */
public final class ExtensionMethods {

    /** The start of each name. */
    public static final String PREFIX = "springline/";

    /** The capability of a server whose sessions can be resumed. */
    public static final String RESUME_CAPABILITY = "io.springline/resume";

    /** The extension of MCP for calls that outlive their request. */
    public static final String TASKS = "io.modelcontextprotocol/tasks";

    public static final String OPEN = PREFIX + "open";
    public static final String RESUME = PREFIX + "resume";
    public static final String ACK = PREFIX + "ack";

    /** Announces to the client that the server closes the connection soon. */
    public static final String DRAIN = PREFIX + "drain";

    /** Announces to the client that its credential expires soon. */
    public static final String EXPIRING = PREFIX + "expiring";

    /** Asks an agent for the last lines that its server has written to standard error. */
    public static final String STDERR = PREFIX + "stderr";

    /**
     * The key in {@code _meta} of {@code initialize} with the maximum size of an agent's messages.
     */
    public static final String MAX_MESSAGE_SIZE = "io.springline/maxMessageSize";

    private ExtensionMethods() {}
}
