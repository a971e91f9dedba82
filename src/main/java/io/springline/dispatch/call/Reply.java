package io.springline.dispatch.call;

import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Receives the answer of one request. Exactly one of the two methods is called, once. */
public interface Reply {

    void answer(Response response);

    /** Called if the request ends without an answer. */
    void none();

    /** Returns true if {@link #answer} sends this one answer, and no others with it. */
    default boolean isSentAtOnce() {
        return true;
    }

    /** Returns a reply that sends the answer to the client at once. */
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

    /**
     * Collects the answers to a 2025-03-26 batch. Sends them as one array when the last request of
     * the batch has ended. Thread-safe.
     */
    final class OfBatch implements Reply {

        private final McpSession session;
        private final List<Response> responses = new ArrayList<>();
        private int awaited;
        private long bytes;

        /**
         * @param awaited the number of calls of {@link #answer} and {@link #none} to expect, at
         *     least 0
         */
        public OfBatch(McpSession session, int awaited) {
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

        @Override
        public boolean isSentAtOnce() {
            return false;
        }

        private void ended(@Nullable Response response) {
            synchronized (responses) {
                if (response != null) {
                    responses.add(response);
                    count(response);
                }
                awaited--;
                if (awaited != 0 || responses.isEmpty()) {
                    return;
                }
            }
            // No lock is needed: all answers are in.
            byte[] encoded = session.share().run(() -> session.codec().encode(responses));
            session.connection().send(Outbound.essential(encoded));
            session.results().add(-bytes);
        }

        /** Results that wait for the others count as unread. */
        private void count(Response response) {
            if (response instanceof ResultResponse(_, var result)) {
                long size = CallMemory.size(result);
                bytes += size;
                session.results().add(size);
            }
        }
    }
}
