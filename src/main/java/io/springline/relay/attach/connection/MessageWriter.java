package io.springline.relay.attach.connection;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.relay.client.UpstreamException;
import io.springline.session.McpSession;
import io.springline.session.Outbound;

/**
 * Sends messages to one server, without waiting. A device gets small messages only, and a server
 * that does not read gets none.
 */
final class MessageWriter {

    /** The maximum size of a message to a device. */
    private static final int DEVICE_BYTES = 1_024;

    private final McpSession session;
    private final Profile profile;
    private final long maxQueuedBytes;

    /**
     * @param maxQueuedBytes a server that has not read as much gets no further messages
     */
    MessageWriter(McpSession session, Profile profile, long maxQueuedBytes) {
        this.session = session;
        this.profile = profile;
        this.maxQueuedBytes = maxQueuedBytes;
    }

    /**
     * @throws UpstreamException if the message is too large, or too many wait
     */
    void write(JsonRpcMessage message) {
        Outbound outbound = session.encode(message);
        int bytes = outbound.payload().length;
        if (profile == Profile.DEVICE && bytes > DEVICE_BYTES) {
            throw new UpstreamException(
                    "the request has %d bytes, and the device takes no more than %d"
                            .formatted(bytes, DEVICE_BYTES));
        }
        if (session.connection().queuedBytes() > maxQueuedBytes) {
            throw new UpstreamException("the server does not read its messages");
        }
        session.connection().send(outbound);
    }
}
