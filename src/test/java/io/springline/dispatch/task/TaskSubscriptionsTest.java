package io.springline.dispatch.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.task.Task;
import io.springline.feature.task.TaskTool;
import io.springline.feature.task.Tasks;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.RequestId;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.Subscriptions.Listen;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

class TaskSubscriptionsTest {

    private static final RequestId LISTEN = new RequestId.Number(7);
    private static final int SIZE = 2_000_000;
    private static final Caller ANNE = new Caller("anne", Set.of(), null);

    private static void listen(
            TaskSubscriptions subscriptions, McpSession session, Set<String> ids) {
        listen(subscriptions, session, LISTEN, ids);
    }

    private static void listen(
            TaskSubscriptions subscriptions, McpSession session, RequestId id, Set<String> ids) {
        session.subscriptions().open(id, new Listen(false, false, false, Set.of(), ids));
        session.subscriptions().begin(id, () -> {});
        subscriptions.watch(session, id, ids);
    }

    @Test
    void sendsAStateLaterIfItsCallerMayNotSeeItNow() {
        CoreContext.runner()
                .run(context -> {
                    Tasks tasks = context.getBean(Tasks.class);
                    var allowed = new AtomicBoolean();
                    var refused = new AtomicInteger();
                    var subscriptions =
                            new TaskSubscriptions(
                                    tasks,
                                    (_, _) -> allowed.get() || refused.incrementAndGet() == 0);
                    Task task = tasks.create("anne", new TaskTool("", List.of("print")), null);
                    Set<String> ids = Set.of(task.id());
                    try (var peer = new InMemoryPeer(context, "", ANNE)) {
                        listen(subscriptions, peer.session(), ids);
                        await().until(() -> refused.get() > 0);

                        allowed.set(true);
                        subscriptions.sweep();
                        JsonNode sent = peer.receive();
                        assertThat(sent.path("method").asString()).isEqualTo("notifications/tasks");
                        assertThat(sent.at("/params/taskId").asString()).isEqualTo(task.id());
                    }
                });
    }

    @Test
    void readsATaskThatHasEndedNoMore() {
        CoreContext.runner()
                .run(context -> {
                    Tasks tasks = context.getBean(Tasks.class);
                    var subscriptions = new TaskSubscriptions(tasks, (_, _) -> true);
                    Task task = tasks.create("anne", new TaskTool("", List.of("print")), null);
                    tasks.cancel("anne", task.id());
                    Set<String> ids = Set.of(task.id());
                    try (var peer = new InMemoryPeer(context, "", ANNE)) {
                        listen(subscriptions, peer.session(), ids);
                        assertThat(peer.receive().at("/params/status").asString())
                                .isEqualTo("cancelled");
                        await().until(() -> subscriptions.count() == 0);
                    }
                });
    }

    @Test
    void sendsALargeResultOnceThereIsRoomToEachSubscription() {
        CoreContext.runner()
                .run(context -> {
                    Tasks tasks = context.getBean(Tasks.class);
                    var subscriptions = new TaskSubscriptions(tasks, (_, _) -> true);
                    Task task = tasks.create("anne", new TaskTool("", List.of("print")), null);
                    var result = JsonNodeFactory.instance.objectNode().put("x", "x".repeat(SIZE));
                    tasks.complete(task, result);
                    try (var peer = new InMemoryPeer(context, "", ANNE);
                            var other = new InMemoryPeer(context, "", ANNE)) {
                        peer.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}");
                        McpSession session = peer.session();
                        session.send(new Notification("notifications/message"));
                        peer.receive();
                        for (int id = 1; id <= 3; id++) {
                            var listen = new RequestId.Number(id);
                            listen(subscriptions, session, listen, Set.of(task.id()));
                        }
                        awaitOthers(subscriptions, tasks, other);
                        assertThat(session.connection().queuedBytes())
                                .isBetween((long) SIZE, 2L * SIZE);
                        var received = new TreeSet<Integer>();
                        for (int count = 1; count <= 3; count++) {
                            peer.send(ack(count));
                            subscriptions.sweep();
                            received.add(
                                    peer.receive()
                                            .at(
                                                    "/params/_meta/io.modelcontextprotocol~1subscriptionId")
                                            .asInt());
                            awaitOthers(subscriptions, tasks, other);
                            assertThat(peer.poll(0)).isNull();
                        }
                        assertThat(received).containsExactly(1, 2, 3);
                    }
                });
    }

    /** Waits until earlier changes are handled: they are sent one after the other. */
    private static void awaitOthers(
            TaskSubscriptions subscriptions, Tasks tasks, InMemoryPeer other) throws Exception {
        Task task = tasks.create("anne", new TaskTool("", List.of("print")), null);
        tasks.cancel("anne", task.id());
        other.session().subscriptions().end(LISTEN);
        listen(subscriptions, other.session(), Set.of(task.id()));
        assertThat(other.receive().at("/params/taskId").asString()).isEqualTo(task.id());
    }

    private static String ack(int received) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"springline/ack\",\"params\":{\"received\":%d}}"
                .formatted(received);
    }
}
