package io.springline.relay.client;

import io.springline.jsonrpc.JsonRpcMessage.Response;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A request to an upstream that waits for its answer.
 *
 * @param exchange null for a request of our own, which no client has sent
 * @param askers the threads that ask the client on behalf of this call
 * @param number grows from request to request
 */
record PendingCall(
        CompletableFuture<Response> answer,
        @Nullable ClientCallback exchange,
        Set<Thread> askers,
        long number) {}
