package io.springline.dispatch.call;

import io.springline.dispatch.call.RequestObserver.Outcome;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.RequestId;
import org.jspecify.annotations.Nullable;

/**
 * Traces requests from the time that their method is known until they are answered. There is no
 * such bean while tracing is off, and then nothing is allocated per request.
 */
public interface RequestTracer {

    /**
     * Starts the trace of a request that is about to be served.
     *
     * @param target the tool or prompt that the request calls, or null if there is none of this
     *     name
     */
    Trace begin(Call call, RequestId id, @Nullable String target);

    /** The trace of one request. For use by one thread at a time. */
    interface Trace {

        /** Runs {@code service} with the trace as the current one of this thread. */
        void during(Runnable service);

        /**
         * Ends the trace. Only the first call counts. May be called within {@link #during}.
         *
         * @param error the error that the client got, or null
         */
        void ended(Outcome outcome, @Nullable JsonRpcError error);
    }
}
