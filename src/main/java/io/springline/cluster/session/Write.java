package io.springline.cluster.session;

import io.springline.resume.store.SessionLease.Outcome;
import io.springline.session.Outbound;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One queued write of a session's owner to Redis.
 *
 * @param arguments the arguments of {@code write.lua}; empty if the state is written as a whole, by
 *     {@code push.lua}
 * @param last the number of the last of {@code messages}, or 0 if there are none
 * @param messages the messages to the client that this write stores. If Redis refuses the write
 *     because another node owns the session now, they are forwarded to that node
 * @param done completed with the result
 */
record Write(
        List<byte[]> arguments,
        long last,
        List<Outbound> messages,
        CompletableFuture<Outcome> done) {

    Write(List<byte[]> arguments) {
        this(arguments, 0, List.of());
    }

    Write(List<byte[]> arguments, long last, List<Outbound> messages) {
        this(arguments, last, messages, new CompletableFuture<>());
    }

    /** Completes the write as known to this node only. */
    void abandon() {
        done.complete(Outcome.ALONE);
    }

    int bytes() {
        return arguments.stream().mapToInt(each -> each.length).sum();
    }
}
