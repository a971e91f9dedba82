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
import java.util.function.Supplier;
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

    /** The time between two attempts to write during an interruption. */
    private static final Duration BLIP = Duration.ofMillis(50);

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
     * Writes that this owner runs a request, and returns the result.
     *
     * <ul>
     *   <li>The write is lost in a short interruption: it is repeated, for three times the
     *       patience. A call that begins without a record may run a second time at another node.
     *       Once Redis has been away for longer, calls do not wait.
     *   <li>The write is refused although the later owners believe that this one runs the request:
     *       it counts as kept, since they expect the answer from here. That happens if the write
     *       was repeated after a lost connection, or if {@code push.lua} had named the request.
     * </ul>
     *
     * @param write queues the write, which may be repeated
     */
    Written record(RequestId request, Supplier<Written> write) {
        Written first = write.get();
        return new Written() {
            @Override
            public Outcome await() throws InterruptedException {
                long since = store.runtime().nanoTime();
                Outcome outcome = first.await();
                while (outcome == Outcome.ALONE && mayComeBack(since)) {
                    pause(BLIP);
                    outcome = write.get().await();
                }
                return outcome == Outcome.LOST && isBelievedToRun(request) ? Outcome.KEPT : outcome;
            }

            @Override
            public boolean isKept() {
                return first.isKept();
            }
        };
    }

    private boolean mayComeBack(long since) {
        Duration limit = store.patience().multipliedBy(3);
        return !store.isAwayFor(limit) && store.runtime().nanoTime() - since < limit.toNanos();
    }

    /**
     * Asks until Redis answers, since a call whose runner is not known would never be answered. The
     * time-out of the request interrupts the thread.
     */
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
            pause(PAUSE);
        }
    }

    /** Returns the answer of {@code runner.lua}, or an empty string without one. */
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

    private void pause(Duration time) throws InterruptedException {
        try {
            store.runtime().await(new CompletableFuture<>(), time);
        } catch (TimeoutException | ExecutionException e) {
            // the pause is over
        }
    }
}
