package io.springline.dispatch.task;

import io.springline.feature.task.Task;
import io.springline.feature.task.TaskStore;
import io.springline.feature.task.Tasks;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.MetaKeys;
import io.springline.mcp.Topic;
import io.springline.mcp.Topic.TaskChanged;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends {@code notifications/tasks} to the clients of this node whose {@code subscriptions/listen}
 * names the task, and {@code notifications/tasks/status} to the clients of 2025-11-25 that have
 * created it. Changed tasks are read and sent one after the other, so that a client sees states in
 * their order; if a task changes fast, states in between are left out. Thread-safe.
 */
public final class TaskSubscriptions {

    private static final Logger log = LoggerFactory.getLogger(TaskSubscriptions.class);

    private record Key(String principal, String id) {}

    private record Tagged(String taskId, @Nullable RequestId listenId) {}

    /** The sessions, each with the last version that was sent to it. */
    private static final class Watched {
        private final Map<McpSession, Long> sessions = new HashMap<>();
        private final Map<McpSession, Long> legacySessions = new HashMap<>();
    }

    private final Tasks tasks;
    private final TaskAccess access;

    /** The tasks that clients of this node listen to. */
    private final Map<Key, Watched> watched = new HashMap<>();

    /** The changed tasks that are to be read, all of them watched. */
    private final SequencedSet<Key> pending = new LinkedHashSet<>();

    /** The sessions whose end is watched. */
    private final Set<McpSession> known = new HashSet<>();

    private boolean working;

    public TaskSubscriptions(Tasks tasks, TaskAccess access) {
        this.tasks = tasks;
        this.access = access;
    }

    /**
     * Returns those of the ids that are tasks of the caller, and that it may use. Blocks for the
     * store.
     */
    public Set<String> known(McpSession session, Collection<String> ids)
            throws InterruptedException {
        return ids.isEmpty()
                ? Set.of()
                : tasks.find(session.caller().name(), ids).values().stream()
                        .filter(task -> access.mayUse(session, task))
                        .map(Task::id)
                        .collect(Collectors.toUnmodifiableSet());
    }

    /** Sends the state of these tasks to the session, now and after each change. */
    public void watch(McpSession session, Collection<String> ids) {
        String principal = session.caller().name();
        for (String id : ids) {
            watch(session, new Key(principal, id), each -> each.sessions.put(session, 0L));
        }
    }

    /** Sends later states of this task to the legacy session that has created it. */
    void watch(McpSession session, Task created) {
        watch(
                session,
                new Key(created.principal(), created.id()),
                each -> each.legacySessions.merge(session, created.version(), Math::max));
    }

    private void watch(McpSession session, Key key, Consumer<Watched> change) {
        boolean first;
        synchronized (this) {
            first = known.add(session);
            change.accept(watched.computeIfAbsent(key, _ -> new Watched()));
        }
        if (first) {
            session.onEnd(() -> forget(session));
        }
        changed(key); // it may have changed before
    }

    /** Stops sending the state of these tasks, unless another subscription names them. */
    public void unwatch(McpSession session, Collection<String> ids) {
        Set<String> still = new HashSet<>();
        session.subscriptions().listens().values().forEach(each -> still.addAll(each.taskIds()));
        String principal = session.caller().name();
        synchronized (this) {
            for (String id : ids) {
                if (!still.contains(id)) {
                    remove(session, new Key(principal, id));
                }
            }
        }
    }

    private synchronized void forget(McpSession session) {
        known.remove(session);
        watched.values().forEach(each -> each.legacySessions.remove(session));
        List.copyOf(watched.keySet()).forEach(key -> remove(session, key));
    }

    private void remove(McpSession session, Key key) {
        Watched found = watched.get(key);
        if (found != null) {
            found.sessions.remove(session);
            removeUnused(key, found);
        }
    }

    private void removeUnused(Key key, Watched found) {
        if (found.sessions.isEmpty() && found.legacySessions.isEmpty()) {
            watched.remove(key);
            pending.remove(key);
        }
    }

    /** Returns the number of watched tasks. */
    synchronized int count() {
        return watched.size();
    }

    /** Hears of a change. Does not block. */
    void on(Topic topic) {
        if (topic instanceof TaskChanged(var principal, var id)) {
            changed(new Key(principal, id));
        }
    }

    /** Reads all watched tasks again, since a change may not have been announced here. */
    void sweep() {
        List<Key> all;
        synchronized (this) {
            all = List.copyOf(watched.keySet());
        }
        all.forEach(this::changed);
    }

    private void changed(Key key) {
        synchronized (this) {
            if (!watched.containsKey(key) || !pending.add(key) || working) {
                return;
            }
            working = true;
        }
        Thread.ofVirtual().name("tasks").start(this::work);
    }

    private void work() {
        for (Key key; (key = next()) != null; ) {
            try {
                Task task = tasks.find(key.principal(), key.id());
                if (task == null) {
                    expired(key);
                } else {
                    send(key, task);
                }
            } catch (TaskStore.UnavailableException e) {
                log.atDebug().setCause(e).log("a task could not be read"); // the sweep tries again
            } catch (InterruptedException e) {
                return; // nobody interrupts this thread
            } catch (Throwable e) { // an Error must not stop the notifications of all other tasks
                log.atError().setCause(e).log("a change of a task could not be sent");
            }
        }
    }

    private synchronized @Nullable Key next() {
        if (pending.isEmpty()) {
            working = false;
            return null;
        }
        return pending.removeFirst();
    }

    private synchronized void expired(Key key) {
        watched.remove(key);
        pending.remove(key);
    }

    /**
     * Sends the task to the sessions that have an older version of it. A session that may not see
     * it now gets it later, once it may.
     */
    private void send(Key key, Task task) {
        Map<McpSession, Long> sessions;
        Map<McpSession, Long> legacySessions;
        synchronized (this) {
            Watched found = watched.get(key);
            if (found == null) {
                return;
            }
            sessions = new HashMap<>(found.sessions);
            legacySessions = new HashMap<>(found.legacySessions);
        }
        sessions.entrySet().removeIf(each -> !isDue(each, task));
        legacySessions.entrySet().removeIf(each -> !isDue(each, task));
        synchronized (this) {
            Watched found = watched.get(key);
            if (found == null) {
                return;
            }
            // not if it has changed since: then the task is read again
            sessions.entrySet().removeIf(each -> !advance(found.sessions, each, task));
            legacySessions.entrySet().removeIf(each -> !advance(found.legacySessions, each, task));
            if (task.status().isFinal()) {
                // it changes no more, so the sweep need not read it again
                found.sessions.values().removeIf(sent -> sent >= task.version());
                found.legacySessions.values().removeIf(sent -> sent >= task.version());
                removeUnused(key, found);
            }
        }
        legacySessions.keySet().forEach(session -> sendStatus(session, task));
        sessions.keySet().forEach(session -> sendDetails(session, task));
    }

    private boolean isDue(Map.Entry<McpSession, Long> sent, Task task) {
        return sent.getValue() < task.version() && isAllowed(sent.getKey(), task);
    }

    private static boolean advance(
            Map<McpSession, Long> versions, Map.Entry<McpSession, Long> sent, Task task) {
        return versions.replace(sent.getKey(), sent.getValue(), task.version());
    }

    private static void sendDetails(McpSession session, Task task) {
        session.subscriptions()
                .deliver(
                        new TaskChanged(task.principal(), task.id()),
                        () -> {},
                        listen -> enqueue(session, TaskJson.detailed(task), task.id(), listen));
        session.connection().flush();
    }

    private boolean isAllowed(McpSession session, Task task) {
        return session.caller().name().equals(task.principal()) && access.mayUse(session, task);
    }

    private static void sendStatus(McpSession session, Task task) {
        var status = new Notification("notifications/tasks/status", TaskJson.legacy(task));
        session.connection()
                .send(session.encode(status, Outbound.Kind.CHANGE, new Tagged(task.id(), null)));
    }

    /**
     * Queues a notification about a task. It replaces an older notification that was not sent yet.
     */
    static void enqueue(McpSession session, ObjectNode params, String id, RequestId listen) {
        params.putObject(MetaKeys.META).set(MetaKeys.SUBSCRIPTION_ID, listen.toJson());
        session.connection()
                .enqueue(
                        session.encode(
                                new Notification("notifications/tasks", params),
                                Outbound.Kind.CHANGE,
                                new Tagged(id, listen)));
    }
}
