package io.springline.cluster.session;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Script;
import io.springline.jsonrpc.RequestId;
import io.springline.resume.store.Runner;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionLease.Written;
import io.springline.resume.store.SessionStore.Binding;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One owner of a session as the runner of its requests. Redis keeps a runner as {@code 12:node-a},
 * and the scripts compare this text.
 */
final class LeaseRunner {

    private static final Pattern FORM = Pattern.compile("(\\d{1,18}):(.*)");

    /** The time between two questions while Redis is away or does not have the session yet. */
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final RedisSessionStore store;
    private final Binding binding;
    private final byte[] text;

    LeaseRunner(RedisSessionStore store, Binding binding, long fence) {
        this.store = store;
        this.binding = binding;
        this.text = text(new Runner(fence, store.node()));
    }

    byte[] text() {
        return text;
    }

    static byte[] text(Runner runner) {
        return Bytes.of(runner.fence() + ":" + runner.node());
    }

    static Runner read(byte[] text) {
        Matcher form = FORM.matcher(Bytes.text(text));
        return form.matches()
                ? new Runner(Long.parseLong(form.group(1)), form.group(2))
                : new Runner(0, Bytes.text(text));
    }

    /**
     * Returns the result of the write that this owner runs a request. If it was refused although
     * the later owners believe that this one runs the request, it counts as kept: they expect its
     * answer, and do not run the request. That happens if the write was repeated after a lost
     * connection, or if {@code push.lua} had named the request.
     *
     * <p>A call whose runner is not known would never be answered. So a refused write waits until
     * Redis answers, for no longer than the request may take: its time-out interrupts the thread.
     */
    Written recorded(RequestId request, Written written) {
        return new Written() {
            @Override
            public Outcome await() throws InterruptedException {
                Outcome outcome = written.await();
                return outcome == Outcome.LOST && isBelievedToRun(request) ? Outcome.KEPT : outcome;
            }

            @Override
            public boolean isKept() {
                return written.isKept();
            }
        };
    }

    private boolean isBelievedToRun(RequestId request) throws InterruptedException {
        long asked = store.runtime().nanoTime();
        while (true) {
            String answer = ask(request);
            if (answer.equals("yes") || answer.equals("no")) {
                return answer.equals("yes");
            }
            long now = store.runtime().nanoTime();
            if (!answer.equals("missing")) {
                asked = now;
            } else if (now - asked > store.life().toNanos()) {
                return false; // the session has expired
            }
            pause();
        }
    }

    /** Returns the answer of {@code runner.lua}, or an empty string if there is none. */
    private String ask(RequestId request) throws InterruptedException {
        if (!store.isShared()) {
            return "";
        }
        CompletionStage<byte[]> answer =
                store.run(Script.RUNNER, binding, List.of(Bytes.of(request), text));
        try {
            return Bytes.text(store.runtime().await(answer, store.patience()));
        } catch (TimeoutException | ExecutionException e) {
            return "";
        }
    }

    private void pause() throws InterruptedException {
        try {
            store.runtime().await(new CompletableFuture<>(), PAUSE);
        } catch (TimeoutException | ExecutionException e) {
            // the pause is over
        }
    }
}
