package io.springline.transport.http;

import io.springline.session.McpSession;
import io.springline.transport.ConnectionView;
import io.springline.transport.http.stream.ResponseStream;
import java.time.Instant;

/**
 * A request without a session that is being served.
 *
 * @param session the session of this request only
 * @param address of the client, for operators
 */
record SingleRequest(McpSession session, ResponseStream stream, String address, Instant since) {

    ConnectionView view() {
        return ConnectionView.http(session, address, since, since, 1, 0, 1, stream.queuedBytes());
    }
}
