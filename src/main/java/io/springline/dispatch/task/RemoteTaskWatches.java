package io.springline.dispatch.task;

import io.springline.auth.CallerContext;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.mcp.Topic.TaskChanged;
import io.springline.session.McpSession;
import io.springline.session.request.InFlight;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends {@code notifications/tasks} for tasks of other servers: reads each task at its poll
 * interval, and sends what has changed. Each subscription has a thread per server, which reads the
 * tasks of that server one after another, and ends with the subscription or with the last of these
 * tasks. A server that does not answer delays its own tasks alone.
 */
public final class RemoteTaskWatches {

    private static final Logger log = LoggerFactory.getLogger(RemoteTaskWatches.class);

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(30);

    /** Reads the state of a task. */
    @FunctionalInterface
    public interface Reader {

        /**
         * @return null if the task is not known any more
         * @throws JsonRpcException if the task cannot be read now
         */
        @Nullable ObjectNode read(String id) throws InterruptedException;
    }

    private static final class Watched {
        private final String id;
        private @Nullable ObjectNode sent;
        private long dueNanos;

        Watched(String id, long dueNanos) {
            this.id = id;
            this.dueNanos = dueNanos;
        }
    }

    private final McpSession session;
    private final InFlight listen;
    private final Reader reader;

    public RemoteTaskWatches(McpSession session, InFlight listen, Reader reader) {
        this.session = session;
        this.listen = listen;
        this.reader = reader;
    }

    /** Sends the state of these tasks of one server, now and after each change. */
    public void start(Set<String> ids) {
        Runnable work =
                () -> {
                    try {
                        watch(ids);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt(); // the subscription has ended
                    }
                };
        Thread thread =
                Thread.ofVirtual()
                        .name("remote-tasks")
                        .start(() -> CallerContext.run(session::caller, work));
        listen.onCancel(thread::interrupt);
    }

    private void watch(Set<String> ids) throws InterruptedException {
        long now = System.nanoTime();
        var waiting = new ArrayDeque<Watched>();
        ids.forEach(id -> waiting.add(new Watched(id, now)));
        while (!waiting.isEmpty() && !listen.hasEnded() && !session.hasEnded()) {
            Watched next =
                    Collections.min(waiting, Comparator.comparingLong(each -> each.dueNanos - now));
            Thread.sleep(Duration.ofNanos(Math.max(0, next.dueNanos - System.nanoTime())));
            if (!listen.hasEnded() && refresh(next)) {
                waiting.remove(next);
                session.subscriptions().removeTask(listen.id(), next.id);
                session.changed();
            }
        }
    }

    /**
     * Reads a task and sends it if it has changed. Returns true if the client has its last state.
     */
    private boolean refresh(Watched watched) throws InterruptedException {
        if (!TaskSubscriptions.hasRoom(session)) {
            watched.dueNanos = System.nanoTime() + interval(null).toNanos();
            return false;
        }
        ObjectNode task = null;
        try {
            task = reader.read(watched.id);
            if (task == null) {
                return true;
            }
        } catch (RuntimeException e) {
            log.atDebug().setCause(e).log("a task of another server could not be read");
        }
        if (task != null && !task.equals(watched.sent) && send(watched.id, task.deepCopy())) {
            watched.sent = task;
        }
        watched.dueNanos = System.nanoTime() + interval(task).toNanos();
        return task != null && task.equals(watched.sent) && TaskMethods.isFinal(task);
    }

    /** Returns false if the client has no room by now: other subscriptions have sent meanwhile. */
    private boolean send(String id, ObjectNode task) {
        var full = new AtomicBoolean();
        session.subscriptions()
                .deliver(
                        new TaskChanged(session.caller().name(), id),
                        () -> {},
                        each -> {
                            if (!each.equals(listen.id())) {
                                return;
                            }
                            full.set(!TaskSubscriptions.hasRoom(session));
                            if (!full.get()) {
                                TaskSubscriptions.enqueue(session, task, id, listen.id());
                            }
                        });
        session.connection().flush();
        return !full.get();
    }

    private static Duration interval(@Nullable ObjectNode task) {
        JsonNode millis = task == null ? null : task.get("pollIntervalMs");
        Duration wanted =
                millis == null ? Duration.ofSeconds(5) : Duration.ofMillis(millis.asLong(0));
        if (wanted.compareTo(SHORTEST) < 0) {
            return SHORTEST;
        }
        return wanted.compareTo(LONGEST) > 0 ? LONGEST : wanted;
    }
}
