package io.springline.relay.client;

import io.springline.jsonrpc.JsonRpcMessage.Response;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A request to an upstream without a response so far.
 *
 * @param exchange null for a request of the relay itself
 * @param askers the threads that run server requests to the client for this call
 * @param number increases from request to request
 */
record PendingCall(
        CompletableFuture<Response> answer,
        @Nullable ClientCallback exchange,
        Set<Thread> askers,
        long number) {}
