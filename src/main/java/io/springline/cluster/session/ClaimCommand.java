package io.springline.cluster.session;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Format;
import io.springline.cluster.redis.Script;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.Binding;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * Sends {@code claim.lua}, with a deadline by the clock of Redis: a claim that is executed later
 * changes nothing. Thread-safe.
 */
final class ClaimCommand {

    private final RedisSessionStore store;
    private final RedisClock clock = new RedisClock();

    ClaimCommand(RedisSessionStore store) {
        this.store = store;
    }

    /** Claims a session. Blocks for at most the patience, and returns the answer of Redis. */
    List<Object> send(Attempt attempt)
            throws InterruptedException, ExecutionException, TimeoutException {
        long deadline = store.runtime().nanoTime() + store.patience().toNanos();
        List<Object> answer = send(attempt, deadline);
        // The first answer has told the clock of Redis.
        return result(answer).equals("late") ? send(attempt, deadline) : answer;
    }

    static String result(List<Object> answer) {
        return Bytes.text((byte[]) answer.getFirst());
    }

    private List<Object> send(Attempt attempt, long deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        Binding binding = attempt.binding();
        List<byte[]> arguments =
                List.of(
                        Bytes.of(attempt.digest()),
                        Bytes.of(attempt.nextDigest()),
                        Bytes.of(binding.principal()),
                        Bytes.of(binding.endpoint()),
                        Bytes.of(binding.epoch()),
                        Bytes.of(attempt.received()),
                        Bytes.of(store.node()),
                        Bytes.of(store.life().toMillis()),
                        Bytes.of(clock.millisAt(deadline)),
                        Bytes.of(attempt.known()),
                        Bytes.of(attempt.granter()),
                        Bytes.of(Format.SESSION.number()));
        CompletionStage<List<Object>> claim = store.run(Script.CLAIM, binding, arguments);
        Duration left = Duration.ofNanos(Math.max(0, deadline - store.runtime().nanoTime()));
        List<Object> answer = store.runtime().await(claim, left);
        clock.read(Bytes.number((byte[]) answer.get(1)), store.runtime().nanoTime());
        return answer;
    }
}
