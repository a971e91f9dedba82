package io.springline.relay.client;

import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A request to an upstream without a response so far.
 *
 * @param answer completes on the thread that reads the upstream. If a caller completes it with an
 *     {@code InterruptedException}, {@link UpstreamClient#await} cancels the request
 * @param exchange null for a request of the relay itself
 * @param askers the threads that run server requests to the client for this call
 * @param number increases from request to request
 * @param deadlineNanos when its time is up, in {@link System#nanoTime}
 */
public record PendingCall(
        RequestId id,
        CompletableFuture<Response> answer,
        @Nullable ClientCallback exchange,
        Set<Thread> askers,
        long number,
        long deadlineNanos) {

    /**
     * Returns the response, blocking until it has arrived.
     *
     * @throws InterruptedException if this thread or the call was interrupted
     * @throws TimeoutException if the time of the call is up
     * @throws RuntimeException with which the answer was completed
     */
    Response response() throws InterruptedException, TimeoutException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case InterruptedException interrupted -> {
                    // The thread may also be interrupted, and must still notify the upstream.
                    Thread.interrupted();
                    throw interrupted;
                }
                case TimeoutException late -> throw late;
                case RuntimeException failed -> throw failed;
                case Error failed -> throw failed;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }
}
