package io.springline.transport.drain;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.mcp.ExtensionMethods;
import io.springline.session.McpSession;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Sends {@code springline/drain} to a client: its connection will be closed, and it should
 * reconnect after some time.
 */
public final class DrainNotice {

    /** The range of the delay. It is random, so that not all clients reconnect at the same time. */
    private static final long EARLIEST_MILLIS = 200;

    private static final long LATEST_MILLIS = 1_500;

    private DrainNotice() {}

    /**
     * Sends the notice if the session is resumable. Other clients do not know the method. Does not
     * block.
     */
    public static void send(McpSession session) {
        if (session.isResumable()) {
            long millis = ThreadLocalRandom.current().nextLong(EARLIEST_MILLIS, LATEST_MILLIS);
            session.sendAtOnce(
                    new Notification(
                            ExtensionMethods.DRAIN,
                            JsonNodeFactory.instance.objectNode().put("reconnectAfterMs", millis)));
        }
    }
}
