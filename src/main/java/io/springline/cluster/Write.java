package io.springline.cluster;

import io.springline.resume.SessionLease.Outcome;
import io.springline.session.Outbound;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One write of a session's owner.
 *
 * @param arguments for {@code write.lua}; none if another script writes it
 * @param last the number of the last of the messages, 0 if there are none
 * @param messages to be forwarded if the write is refused
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

    /** This node alone has what it holds. */
    void abandon() {
        done.complete(Outcome.ALONE);
    }

    int bytes() {
        return arguments.stream().mapToInt(each -> each.length).sum();
    }
}
