package io.springline.feature.task;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps the tasks of a single node in memory. They end with the process. */
public final class LocalTaskStore implements TaskStore {

    private static final String NODE = "this";

    /** The estimated memory of a task without its result, in bytes. */
    private static final int OVERHEAD = 1024;

    private final TaskProperties limits;
    private final long maxBytes;
    private final Clock clock;

    /** By principal and id. */
    private final Map<String, Map<String, Task>> tasks = new HashMap<>();

    private long bytes;

    /**
     * @param maxBytes the most memory for all tasks, as estimated
     */
    public LocalTaskStore(TaskProperties limits, long maxBytes, Clock clock) {
        this.limits = limits;
        this.maxBytes = maxBytes;
        this.clock = clock;
    }

    @Override
    public String node() {
        return NODE;
    }

    @Override
    public boolean checkAlive(String node) {
        return true;
    }

    @Override
    public boolean outlivesNode() {
        return false;
    }

    @Override
    public synchronized Added add(Task task) {
        Map<String, Task> own = tasks.getOrDefault(task.principal(), Map.of());
        removeExpired(own);
        long running = own.values().stream().filter(each -> !each.status().isFinal()).count();
        if (running >= limits.maxRunning()) {
            return Added.TOO_MANY_RUNNING;
        }
        if (own.size() >= limits.maxStored() || bytes + OVERHEAD > maxBytes) {
            return Added.TOO_MANY_STORED;
        }
        put(task);
        return Added.ADDED;
    }

    @Override
    public synchronized @Nullable Task find(String principal, String id) {
        Task task = tasks.getOrDefault(principal, Map.of()).get(id);
        return task == null || isExpired(task) ? null : task;
    }

    @Override
    public synchronized Map<String, Task> find(String principal, Collection<String> ids) {
        var found = new LinkedHashMap<String, Task>();
        for (String id : ids) {
            Task task = find(principal, id);
            if (task != null) {
                found.put(id, task);
            }
        }
        return found;
    }

    @Override
    public synchronized List<Task> page(String principal, @Nullable String after, int limit) {
        List<Task> sorted =
                tasks.getOrDefault(principal, Map.of()).values().stream()
                        .filter(task -> !isExpired(task))
                        .sorted(Comparator.comparing(Task::expiresAt).thenComparing(Task::id))
                        .toList();
        // if the last one has expired, so have all before it
        int last = sorted.stream().map(Task::id).toList().indexOf(after);
        return sorted.stream().skip(last + 1L).limit(limit).toList();
    }

    @Override
    public synchronized List<Task> unfinished(String principal) {
        return tasks.getOrDefault(principal, Map.of()).values().stream()
                .filter(task -> !task.status().isFinal() && !isExpired(task))
                .toList();
    }

    @Override
    public synchronized Replaced replace(Task before, Task after) {
        Task now = find(before.principal(), before.id());
        if (now == null || now.version() != before.version()) {
            return Replaced.STALE;
        }
        if (after.result() != null && bytes - size(now) + size(after) > maxBytes) {
            return Replaced.FULL;
        }
        put(after);
        return Replaced.REPLACED;
    }

    private void put(Task task) {
        Task former =
                tasks.computeIfAbsent(task.principal(), _ -> new LinkedHashMap<>())
                        .put(task.id(), task);
        bytes += size(task) - (former == null ? 0 : size(former));
    }

    @Override
    public synchronized void remove(Task task) {
        Map<String, Task> own = tasks.get(task.principal());
        Task removed = own == null ? null : own.remove(task.id());
        if (own != null && removed != null) {
            bytes -= size(removed);
            if (own.isEmpty()) {
                tasks.remove(task.principal());
            }
        }
    }

    @Override
    public synchronized void sweep() {
        List.copyOf(tasks.values()).forEach(this::removeExpired);
    }

    private void removeExpired(Map<String, Task> own) {
        own.values().stream().filter(this::isExpired).toList().forEach(this::remove);
    }

    private boolean isExpired(Task task) {
        Instant now = clock.instant();
        return !now.isBefore(task.expiresAt());
    }

    private static long size(Task task) {
        return OVERHEAD + (task.result() == null ? 0 : 2L * task.result().toString().length());
    }
}
