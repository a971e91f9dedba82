package io.springline.cluster.task;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Format;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import io.springline.cluster.redis.Script;
import io.springline.feature.task.Task;
import io.springline.feature.task.TaskProperties;
import io.springline.feature.task.TaskStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Keeps tasks in Redis, where every node can read them. Each change is one script, which compares
 * the version that was read. Redis deletes a task when its lifetime is over.
 */
public final class RedisTaskStore implements TaskStore {

    private final Redis redis;
    private final Keys keys;
    private final String node;
    private final Predicate<String> alive;
    private final BooleanSupplier away;
    private final Duration patience;
    private final TaskProperties limits;

    /**
     * @param alive returns false if a node's lease is over
     * @param away returns true while Redis cannot be used
     * @param patience the longest time to wait for Redis
     */
    public RedisTaskStore(
            Redis redis,
            Keys keys,
            String node,
            Predicate<String> alive,
            BooleanSupplier away,
            Duration patience,
            TaskProperties limits) {
        this.redis = redis;
        this.keys = keys;
        this.node = node;
        this.alive = alive;
        this.away = away;
        this.patience = patience;
        this.limits = limits;
    }

    @Override
    public String node() {
        return node;
    }

    @Override
    public boolean checkAlive(String other) {
        return alive.test(other);
    }

    @Override
    public boolean outlivesNode() {
        return true;
    }

    @Override
    public Added add(Task task) throws InterruptedException {
        CompletionStage<byte[]> written = write(Bytes.NONE, task);
        byte[] answer;
        try {
            answer = await(written);
        } catch (InterruptedException | UnavailableException e) {
            // No client has the id of this task: it would count as running until it expires.
            written.thenAccept(_ -> startRemoval(task));
            throw e;
        }
        return switch (Bytes.text(answer)) {
            case "ok" -> Added.ADDED;
            case "running" -> Added.TOO_MANY_RUNNING;
            default -> Added.TOO_MANY_STORED;
        };
    }

    @Override
    public Replaced replace(Task before, Task after) throws InterruptedException {
        byte[] answer = await(write(Bytes.of(before.version()), after));
        return Bytes.text(answer).equals("ok") ? Replaced.REPLACED : Replaced.STALE;
    }

    private CompletionStage<byte[]> write(byte[] versionBefore, Task task) {
        return redis.run(
                Script.TASK,
                keys(task),
                List.of(
                        versionBefore,
                        Bytes.of(task.version()),
                        Format.TASK.mark(StoredTask.write(task)),
                        Bytes.of(task.expiresAt().toEpochMilli()),
                        Bytes.of(System.currentTimeMillis()),
                        Bytes.of(task.status().isFinal() ? 1 : 0),
                        Bytes.of(task.id()),
                        Bytes.of(limits.maxRunning()),
                        Bytes.of(limits.maxStored())));
    }

    @Override
    public @Nullable Task find(String principal, String id) throws InterruptedException {
        CompletionStage<byte[]> read = read(owner(principal), id);
        byte[] stored = await(read);
        if (stored.length == 0) {
            return null;
        }
        byte[] json = Format.TASK.read(stored);
        if (json == null) {
            throw new UnavailableException("a newer version has written the task", null);
        }
        Task task = StoredTask.read(json);
        return task.principal().equals(principal) ? task : null;
    }

    private CompletionStage<byte[]> read(String owner, String id) {
        return redis.run(Script.READ_TASK, new byte[][] {keys.task(owner, id)[0]}, List.of());
    }

    @Override
    public Map<String, Task> find(String principal, Collection<String> ids)
            throws InterruptedException {
        String owner = owner(principal);
        var reads = new LinkedHashMap<String, CompletionStage<byte[]>>();
        for (String id : ids) {
            reads.put(id, read(owner, id));
        }
        var found = new LinkedHashMap<String, Task>();
        for (Map.Entry<String, CompletionStage<byte[]>> read : reads.entrySet()) {
            byte[] stored = await(read.getValue());
            byte[] json = stored.length == 0 ? null : Format.TASK.read(stored);
            Task task = json == null ? null : StoredTask.read(json);
            if (task != null && task.principal().equals(principal)) {
                found.put(read.getKey(), task);
            }
        }
        return found;
    }

    @Override
    public List<Task> page(String principal, @Nullable String after, int limit)
            throws InterruptedException {
        return listed(principal, keys.task(owner(principal), "")[1], after, limit);
    }

    @Override
    public Collection<Task> unfinished(String principal) throws InterruptedException {
        return listed(principal, keys.task(owner(principal), "")[2], null, limits.maxRunning());
    }

    /** Returns tasks whose ids are members of {@code key}. */
    private List<Task> listed(String principal, byte[] key, @Nullable String after, int limit)
            throws InterruptedException {
        CompletionStage<List<byte[]>> ids =
                redis.run(
                        Script.LIST_TASKS,
                        new byte[][] {key},
                        List.of(
                                Bytes.of(System.currentTimeMillis()),
                                after == null ? Bytes.NONE : Bytes.of(after),
                                Bytes.of(limit)));
        return List.copyOf(find(principal, await(ids).stream().map(Bytes::text).toList()).values());
    }

    @Override
    public void remove(Task task) throws InterruptedException {
        await(startRemoval(task));
    }

    private CompletionStage<byte[]> startRemoval(Task task) {
        return redis.run(Script.REMOVE_TASK, keys(task), List.of(Bytes.of(task.id())));
    }

    /** Does nothing: Redis deletes what has expired. */
    @Override
    public void sweep() {}

    private byte[][] keys(Task task) {
        return keys.task(owner(task.principal()), task.id());
    }

    private <T> T await(CompletionStage<T> answer) throws InterruptedException {
        if (away.getAsBoolean()) {
            throw new UnavailableException("Redis is away", null);
        }
        try {
            return answer.toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new UnavailableException("Redis did not answer", e);
        }
    }

    /** Returns a name for the principal in keys, which may hold any characters. */
    private static String owner(String principal) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Bytes.of(principal));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
