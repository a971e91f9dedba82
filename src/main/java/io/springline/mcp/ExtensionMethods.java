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

    private ExtensionMethods() {}
}
