package io.springline.dispatch.call;

import io.springline.jsonrpc.DurationText;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.session.McpSession;
import io.springline.session.SessionRegistry;
import io.springline.session.request.InFlight;
import java.time.Duration;

/**
 * Ends requests whose deadline has passed: answers them with an error, and interrupts their
 * handlers.
 */
public final class RequestTimeouts {

    private final SessionRegistry sessions;
    private final Duration timeout;

    public RequestTimeouts(SessionRegistry sessions, Duration timeout) {
        this.sessions = sessions;
        this.timeout = timeout;
    }

    public void sweep() {
        long now = System.nanoTime();
        for (McpSession session : sessions.all()) {
            for (InFlight overdue : session.inFlight().overdue(now)) {
                // Cancel actions of handlers run there: the scheduler does not wait for them.
                Thread.startVirtualThread(() -> end(overdue));
            }
        }
    }

    private void end(InFlight request) {
        var error =
                ErrorCode.INTERNAL_ERROR.error(
                        "Request timed out after " + DurationText.of(timeout));
        request.expire(new ErrorResponse(request.id(), error));
    }
}
