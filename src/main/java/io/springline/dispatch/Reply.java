package io.springline.dispatch;

import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the answer to a request goes. */
interface Reply {

    void answer(Response response);

    /** The request ended without an answer. */
    void none();

    /** Straight to the client. */
    static Reply to(McpSession session) {
        return new Reply() {
            @Override
            public void answer(Response response) {
                session.send(response);
            }

            @Override
            public void none() {}
        };
    }

    /** Into the one array that answers a 2025-03-26 batch, sent when its last request has ended. */
    final class OfBatch implements Reply {

        private final McpSession session;
        private final List<Response> responses = new ArrayList<>();
        private int awaited;

        /**
         * @param awaited how many calls of the two methods will come, at least 0
         */
        OfBatch(McpSession session, int awaited) {
            this.session = session;
            this.awaited = awaited;
        }

        @Override
        public void answer(Response response) {
            ended(response);
        }

        @Override
        public void none() {
            ended(null);
        }

        private void ended(@Nullable Response response) {
            synchronized (responses) {
                if (response != null) {
                    responses.add(response);
                }
                awaited--;
                if (awaited != 0 || responses.isEmpty()) {
                    return;
                }
            }
            // Complete: nobody changes it any more.
            byte[] encoded = session.share().run(() -> session.codec().encode(responses));
            session.connection().send(Outbound.essential(encoded));
        }
    }
}
