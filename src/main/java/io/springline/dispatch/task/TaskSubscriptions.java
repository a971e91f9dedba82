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
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends {@code notifications/tasks} to the clients of this node whose {@code subscriptions/listen}
 * names the task, and {@code notifications/tasks/status} to the clients of 2025-11-25 that have
 * created it. Changed tasks are read and sent one after the other, so that a client sees states in
 * their order; if a task changes fast, states in between are left out. A client that has not read
 * earlier messages gets a state later. Thread-safe.
 */
public final class TaskSubscriptions {

    private static final Logger log = LoggerFactory.getLogger(TaskSubscriptions.class);

    /** The size of the unread messages above which a client gets no further task. */
    private static final long ROOM_BYTES = 512 * 1024;

    private record Key(String principal, String id) {}

    private record Tagged(String taskId, @Nullable RequestId listenId) {}

    /** A {@code subscriptions/listen} request that names a task. */
    private record Listener(McpSession session, RequestId listen) {}

    /** Who listens to a task, each with the last version that was sent to it. */
    private static final class Watched {
        private final Map<Listener, Long> listeners = new HashMap<>();
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

    /** Sends the state of these tasks to the subscription, now and after each change. */
    public void watch(McpSession session, RequestId listen, Collection<String> ids) {
        String principal = session.caller().name();
        var listener = new Listener(session, listen);
        for (String id : ids) {
            watch(session, new Key(principal, id), each -> each.listeners.put(listener, 0L));
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

    /** Stops sending the state of these tasks to the subscription. */
    public synchronized void unwatch(McpSession session, RequestId listen, Collection<String> ids) {
        var listener = new Listener(session, listen);
        for (String id : ids) {
            Key key = new Key(session.caller().name(), id);
            Watched found = watched.get(key);
            if (found != null) {
                found.listeners.remove(listener);
                removeUnused(key, found);
            }
        }
    }

    private synchronized void forget(McpSession session) {
        known.remove(session);
        Map.copyOf(watched)
                .forEach((key, found) -> {
                    found.legacySessions.remove(session);
                    found.listeners.keySet().removeIf(each -> each.session() == session);
                    removeUnused(key, found);
                });
    }

    private void removeUnused(Key key, Watched found) {
        if (found.listeners.isEmpty() && found.legacySessions.isEmpty()) {
            watched.remove(key);
            pending.remove(key);
        }
    }

    /** Returns the number of watched tasks. */
    synchronized int count() {
        return watched.size();
    }

    /** Starts sending a changed task to its subscribers. Does not block. */
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
            if (!canBeSent(key)) {
                continue; // the sweep tries again
            }
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

    /** Returns false if nobody who listens to the task has room for it. */
    private synchronized boolean canBeSent(Key key) {
        Watched found = watched.get(key);
        return found != null
                && (!found.legacySessions.isEmpty()
                        || found.listeners.keySet().stream()
                                .anyMatch(each -> hasRoom(each.session())));
    }

    /**
     * Returns true if a task may be sent. The result of a task can be large, and a client can name
     * any number of tasks, any number of times.
     */
    static boolean hasRoom(McpSession session) {
        return session.connection().queuedBytes() <= ROOM_BYTES;
    }

    private synchronized void expired(Key key) {
        watched.remove(key);
        pending.remove(key);
    }

    /**
     * Sends the task to those who have an older version of it. A session that may not see it now,
     * or has no room, gets it later.
     */
    private void send(Key key, Task task) {
        Map<Listener, Long> listeners;
        Map<McpSession, Long> legacySessions;
        synchronized (this) {
            Watched found = watched.get(key);
            if (found == null) {
                return;
            }
            listeners = new HashMap<>(found.listeners);
            legacySessions = new HashMap<>(found.legacySessions);
        }
        legacySessions.forEach((session, sent) -> {
            if (isDue(session, sent, task)
                    && advance(key, each -> each.legacySessions, session, sent, task)) {
                sendStatus(session, task);
            }
        });
        listeners.forEach((listener, sent) -> {
            McpSession session = listener.session();
            if (isDue(session, sent, task)
                    && hasRoom(session)
                    && advance(key, each -> each.listeners, listener, sent, task)) {
                sendDetails(session, listener.listen(), task);
            }
        });
        if (task.status().isFinal()) {
            forgetReached(key, task);
        }
    }

    private boolean isDue(McpSession session, long sent, Task task) {
        return sent < task.version() && isAllowed(session, task);
    }

    /** Returns false if the version has changed since: then the task is read again. */
    private synchronized <K> boolean advance(
            Key key, Function<Watched, Map<K, Long>> versions, K who, Long sent, Task task) {
        Watched found = watched.get(key);
        return found != null && versions.apply(found).replace(who, sent, task.version());
    }

    /** Forgets who has the final state. It changes no more, so the sweep need not read it again. */
    private synchronized void forgetReached(Key key, Task task) {
        Watched found = watched.get(key);
        if (found != null) {
            found.listeners.values().removeIf(sent -> sent >= task.version());
            found.legacySessions.values().removeIf(sent -> sent >= task.version());
            removeUnused(key, found);
        }
    }

    private static void sendDetails(McpSession session, RequestId listen, Task task) {
        session.subscriptions()
                .deliver(
                        new TaskChanged(task.principal(), task.id()),
                        () -> {},
                        each -> {
                            if (each.equals(listen)) {
                                enqueue(session, TaskJson.detailed(task), task.id(), listen);
                            }
                        });
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
