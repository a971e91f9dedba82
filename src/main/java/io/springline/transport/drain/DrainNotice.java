package io.springline.transport.drain;

import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.session.McpSession;
import java.util.concurrent.ThreadLocalRandom;
import tools.jackson.databind.node.JsonNodeFactory;

/** Tells a client that its connection will be closed, and when to come back. */
final class DrainNotice {

    /** Each client at another time, so that they do not all come at once. */
    private static final long EARLIEST_MILLIS = 200;

    private static final long LATEST_MILLIS = 1_500;

    private DrainNotice() {}

    /** To clients that resume; others would not know what it is. */
    static void send(McpSession session) {
        if (session.isResumable()) {
            long millis = ThreadLocalRandom.current().nextLong(EARLIEST_MILLIS, LATEST_MILLIS);
            session.send(
                    new Notification(
                            "springline/drain",
                            JsonNodeFactory.instance.objectNode().put("reconnectAfterMs", millis)));
        }
    }
}
