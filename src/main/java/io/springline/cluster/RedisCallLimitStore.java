package io.springline.cluster;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import io.springline.cluster.redis.Script;
import io.springline.concurrent.SchedulerNames;
import io.springline.toolcall.limit.CallLimitStore;
import io.springline.toolcall.limit.LocalCallLimitStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Counts the calls of all nodes in Redis. If Redis does not answer, this node counts its own calls
 * for a second, and then tries Redis again. Slots of a node that has stopped are free after {@link
 * #LEASE}.
 */
final class RedisCallLimitStore implements CallLimitStore {

    static final Duration LEASE = Duration.ofSeconds(60);

    private static final long LOCAL_NANOS = Duration.ofSeconds(1).toNanos();

    private final Redis redis;
    private final Keys keys;
    private final Duration patience;
    private final LongSupplier nanoTime;
    private final LocalCallLimitStore local;

    /** The keys of the slots that running calls of this node have, by call. */
    private final Map<String, byte[][]> held = new ConcurrentHashMap<>();

    private volatile boolean away;
    private volatile long awaySinceNanos;

    RedisCallLimitStore(Redis redis, Keys keys, Duration patience, LongSupplier nanoTime) {
        this.redis = redis;
        this.keys = keys;
        this.patience = patience;
        this.nanoTime = nanoTime;
        this.local = new LocalCallLimitStore(nanoTime);
    }

    @Override
    public Duration take(List<Counter> counters) throws InterruptedException {
        byte[][] names =
                counters.stream().map(each -> keys.rate(each.key())).toArray(byte[][]::new);
        var arguments = new ArrayList<byte[]>();
        for (Counter each : counters) {
            arguments.add(Bytes.of(each.rate().count()));
            arguments.add(Bytes.of(each.rate().period().toNanos() / 1000));
        }
        Long wait = run(Script.RATE, names, arguments, () -> {});
        return wait == null ? local.take(counters) : Duration.ofMillis(wait);
    }

    @Override
    public @Nullable Runnable hold(List<Slots> slots) throws InterruptedException {
        byte[][] names = slots.stream().map(each -> keys.slots(each.key())).toArray(byte[][]::new);
        String call = UUID.randomUUID().toString();
        List<byte[]> arguments = arguments("hold", call);
        slots.forEach(each -> arguments.add(Bytes.of(each.max())));
        Long got = run(Script.HOLD, names, arguments, () -> delist(call, names));
        if (got == null) {
            return local.hold(slots);
        }
        if (got == 0) {
            return null;
        }
        held.put(call, names);
        return () -> release(call, names);
    }

    private void release(String call, byte[][] names) {
        held.remove(call);
        delist(call, names);
    }

    private void delist(String call, byte[][] names) {
        for (byte[] name : names) {
            redis.delist(name, call);
        }
    }

    /** Keeps the slots of running calls. Does not wait for Redis. */
    @Scheduled(fixedDelay = 20_000, scheduler = SchedulerNames.SPRINGLINE)
    void renew() {
        held.forEach((call, names) ->
                redis.run(Script.HOLD, names, arguments("renew", call))
                        .whenComplete((_, _) -> {
                            if (!held.containsKey(call)) { // its release may have come before
                                delist(call, names);
                            }
                        }));
    }

    private static List<byte[]> arguments(String what, String call) {
        return new ArrayList<>(List.of(Bytes.of(what), Bytes.of(call), Bytes.of(LEASE.toMillis())));
    }

    /**
     * Returns the answer, or null if Redis has not answered now or within the last second.
     *
     * @param undo runs if the answer comes too late or not at all, because Redis may have run the
     *     script all the same
     */
    private @Nullable Long run(Script script, byte[][] names, List<byte[]> arguments, Runnable undo)
            throws InterruptedException {
        if (away && nanoTime.getAsLong() - awaySinceNanos < LOCAL_NANOS) {
            return null;
        }
        CompletionStage<Long> asked = redis.run(script, names, arguments);
        try {
            Long answer =
                    asked.toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
            away = false;
            return answer;
        } catch (ExecutionException | TimeoutException e) {
            asked.whenComplete((_, _) -> undo.run());
            awaySinceNanos = nanoTime.getAsLong();
            away = true;
            return null;
        } catch (InterruptedException e) {
            asked.whenComplete((_, _) -> undo.run());
            throw e;
        }
    }
}
