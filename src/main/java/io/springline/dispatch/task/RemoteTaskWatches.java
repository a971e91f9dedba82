package io.springline.dispatch.task;

import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.RequestId;
import io.springline.mcp.Topic.TaskChanged;
import io.springline.session.McpSession;
import io.springline.session.request.InFlight;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends {@code notifications/tasks} for tasks of other servers: reads a task at its poll interval
 * as long as the subscription is open, and sends what has changed. Ends with the task. A session
 * can name a limited number of tasks in its subscriptions, and each has one thread.
 */
public final class RemoteTaskWatches {

    private static final Logger log = LoggerFactory.getLogger(RemoteTaskWatches.class);

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(30);

    /** Reads the state of a task. */
    @FunctionalInterface
    public interface Reader {

        /**
         * @throws JsonRpcException {@code -32602} if the task is unknown
         */
        ObjectNode read(String id) throws InterruptedException;
    }

    private RemoteTaskWatches() {}

    /** Sends the state of these tasks, now and after each change. */
    public static void start(McpSession session, InFlight listen, Set<String> ids, Reader reader) {
        for (String id : ids) {
            Thread.ofVirtual()
                    .name("remote-task")
                    .start(() -> {
                        try {
                            watch(session, listen, id, reader);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
        }
    }

    private static void watch(McpSession session, InFlight listen, String id, Reader reader)
            throws InterruptedException {
        ObjectNode sent = null;
        while (!listen.hasEnded() && !session.hasEnded()) {
            ObjectNode task;
            try {
                task = reader.read(id);
            } catch (JsonRpcException e) {
                if (e.error().code() == ErrorCode.INVALID_PARAMS.code()) {
                    return;
                }
                task = null;
            } catch (RuntimeException e) {
                log.atDebug().setCause(e).log("a task of another server could not be read");
                task = null;
            }
            if (task != null && !task.equals(sent)) {
                send(session, listen.id(), id, task.deepCopy());
                sent = task;
            }
            if (task != null && TaskMethods.isFinal(task)) {
                return;
            }
            Thread.sleep(interval(task));
        }
    }

    private static void send(McpSession session, RequestId listen, String id, ObjectNode task) {
        session.subscriptions()
                .deliver(
                        new TaskChanged(session.caller().name(), id),
                        () -> {},
                        each -> {
                            if (each.equals(listen)) {
                                TaskSubscriptions.enqueue(session, task, id, listen);
                            }
                        });
        session.connection().flush();
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
