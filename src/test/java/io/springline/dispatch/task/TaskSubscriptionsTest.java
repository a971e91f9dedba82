package io.springline.dispatch.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.task.Task;
import io.springline.feature.task.TaskTool;
import io.springline.feature.task.Tasks;
import io.springline.jsonrpc.RequestId;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.session.Subscriptions.Listen;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TaskSubscriptionsTest {

    private static final RequestId LISTEN = new RequestId.Number(7);
    private static final Caller ANNE = new Caller("anne", Set.of(), null);

    private static void listen(
            TaskSubscriptions subscriptions, McpSession session, Set<String> ids) {
        session.subscriptions().open(LISTEN, new Listen(false, false, false, Set.of(), ids));
        session.subscriptions().begin(LISTEN, () -> {});
        subscriptions.watch(session, ids);
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
}
