package io.springline.dispatch.task;

import io.springline.dispatch.call.CallTask;
import io.springline.feature.task.Task;
import io.springline.feature.task.TaskStore;
import io.springline.feature.task.Tasks;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcError;
import io.springline.session.request.HandlerActions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** A task whose handler runs on this node. Thread-safe. */
final class RunningTask implements CallTask {

    private static final Logger log = LoggerFactory.getLogger(RunningTask.class);

    /** The least time between two status messages. */
    private static final long MESSAGE_NANOS = Duration.ofMillis(500).toNanos();

    /** The longest time until a waiting handler looks for answers, if it was not notified. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    private final Tasks tasks;
    private final Thread handler;

    /** Holds an element if others have read the task since the handler has looked. */
    private final BlockingQueue<Boolean> seen = new ArrayBlockingQueue<>(1);

    private final List<Runnable> cancelActions = new ArrayList<>(0);
    private volatile Task latest;
    private volatile boolean cancelled;
    private volatile boolean returned;
    private boolean reporting;
    private long nextMessageNanos = System.nanoTime();

    RunningTask(Tasks tasks, Task created, Thread handler) {
        this.tasks = tasks;
        this.latest = created;
        this.handler = handler;
    }

    Task task() {
        return latest;
    }

    @Override
    public Map<String, ObjectNode> ask(Map<String, ObjectNode> questions)
            throws InterruptedException {
        seen.clear();
        Task asked =
                tasks.change(
                        latest.principal(), latest.id(), (now, at) -> now.asking(questions, at));
        see(asked);
        requireUnfinished();
        // not of latest: the client may have answered already
        Iterator<String> keys =
                Objects.requireNonNull(asked).inputs().open().propertyNames().iterator();
        var keyOf = new LinkedHashMap<String, String>();
        questions.keySet().forEach(each -> keyOf.put(each, keys.next()));
        while (!latest.inputs().given().propertyNames().containsAll(keyOf.values())) {
            seen.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            read();
            requireUnfinished();
        }
        var answers = new LinkedHashMap<String, ObjectNode>();
        keyOf.forEach(
                (key, sent) -> answers.put(key, (ObjectNode) latest.inputs().given().get(sent)));
        return answers;
    }

    /** The handler may have returned if one of its other threads asks. */
    private void requireUnfinished() throws InterruptedException {
        if (cancelled || returned) {
            throw new InterruptedException("the task has ended");
        }
    }

    /** Reads the task again, which may have been cancelled, answered, or deleted. */
    void refresh() throws InterruptedException {
        read();
        seen.offer(true);
    }

    private void read() throws InterruptedException {
        try {
            see(tasks.find(latest.principal(), latest.id()));
        } catch (TaskStore.UnavailableException e) {
            log.atDebug().setCause(e).log("a task could not be read");
        }
    }

    private void see(@Nullable Task found) {
        if (found != null && found.version() >= latest.version()) {
            latest = found;
        }
        if (found == null || found.status().isFinal()) {
            stop();
        }
    }

    /** Interrupts the handler, unless it has returned, and runs its cancel actions. */
    private void stop() {
        List<Runnable> actions;
        synchronized (this) {
            if (cancelled || returned) {
                return;
            }
            cancelled = true;
            actions = List.copyOf(cancelActions);
            handler.interrupt();
        }
        HandlerActions.run(actions);
    }

    /** Does not block: the thread that reads an upstream may call it. */
    @Override
    public void report(String message) {
        synchronized (this) {
            long now = System.nanoTime();
            if (returned || cancelled || reporting || now - nextMessageNanos < 0) {
                return;
            }
            nextMessageNanos = now + MESSAGE_NANOS;
            reporting = true;
        }
        Thread.ofVirtual().name("task-report").start(() -> write(message));
    }

    private void write(String message) {
        try {
            see(
                    tasks.change(
                            latest.principal(),
                            latest.id(),
                            (now, at) -> now.reporting(message, at)));
        } catch (TaskStore.UnavailableException e) {
            log.atDebug().setCause(e).log("a status message was dropped");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            synchronized (this) {
                reporting = false;
            }
        }
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void onCancel(Runnable action) {
        synchronized (this) {
            if (!cancelled) {
                cancelActions.add(action);
                return;
            }
        }
        HandlerActions.run(action);
    }

    /** Ends the task with the result of its handler. */
    void complete(ObjectNode result) throws InterruptedException {
        end(() -> tasks.complete(latest, result));
    }

    /** Ends the task with an error. */
    void fail(JsonRpcError error) throws InterruptedException {
        end(() -> tasks.fail(latest, error));
    }

    private void end(TaskWrites.Write write) throws InterruptedException {
        synchronized (this) {
            returned = true;
        }
        seen.offer(true);
        if (cancelled) {
            return;
        }
        Thread.interrupted(); // of a cancellation that came too late
        try {
            Task written = TaskWrites.retry(write);
            latest = written == null ? latest : written;
        } catch (RuntimeException e) {
            log.atError()
                    .addKeyValue("tool", latest.tool().name())
                    .setCause(e)
                    .log("The outcome of a task is lost, because it could not be stored");
            Thread.ofVirtual().name("task-lost").start(this::failOnceReachable);
        }
    }

    /** Otherwise the task would look as if it ran, and would count as running, until it expires. */
    private void failOnceReachable() {
        JsonRpcError lost =
                ErrorCode.INTERNAL_ERROR.error(
                        "The task has ended, but its outcome could not be stored");
        while (Instant.now().isBefore(latest.expiresAt())) {
            try {
                tasks.fail(latest, lost);
                return;
            } catch (InterruptedException e) {
                return; // nobody interrupts this thread
            } catch (RuntimeException e) {
                log.atDebug().setCause(e).log("a task could not be failed");
                LockSupport.parkNanos(LOOK.toNanos());
            }
        }
    }
}
