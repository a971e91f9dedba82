package io.springline.dispatch.call;

import io.springline.dispatch.call.RequestObserver.Outcome;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.jsonrpc.RequestId;
import org.jspecify.annotations.Nullable;

/**
 * Follows requests from knowing what they ask for to their answers. There is none unless somebody
 * looks at traces, and then nothing is made for a request.
 */
public interface RequestTracer {

    /**
     * A request is about to be served.
     *
     * @param target the tool or prompt that it is about, provided that there is one of this name
     */
    Trace begin(Call call, RequestId id, @Nullable String target);

    /** One request on its way. For use by one thread after the other. */
    interface Trace {

        /** Runs {@code service}; what it does on this thread belongs to the request. */
        void during(Runnable service);

        /**
         * Called at least once; only the first time counts. May be called within {@link #during}.
         *
         * @param error what the client was answered, if it was an error
         */
        void ended(Outcome outcome, @Nullable JsonRpcError error);
    }
}
