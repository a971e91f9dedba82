package io.springline.dispatch.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.task.TaskStore;
import io.springline.feature.task.Tasks;
import io.springline.session.Caller;
import io.springline.session.McpSession;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.JsonNode;

/** Tasks of 2025-11-25 that expire, and those whose store cannot be reached for a time. */
class LegacyTaskFailuresTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    /** A store that can be made unreachable. */
    static final class FailingStore implements BeanPostProcessor {

        private volatile boolean away;
        private final AtomicInteger failures = new AtomicInteger();

        @Override
        public Object postProcessAfterInitialization(Object bean, String name) {
            if (!(bean instanceof TaskStore)) {
                return bean;
            }
            return Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {TaskStore.class},
                    (_, method, arguments) -> {
                        if (away) {
                            failures.incrementAndGet();
                            throw new TaskStore.UnavailableException("away", null);
                        }
                        try {
                            return method.invoke(bean, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    private interface Conversation {
        void with(ApplicationContext context, McpPeer peer) throws Exception;
    }

    private static void run(Conversation conversation) {
        CoreContext.runner()
                .withUserConfiguration(TaskFixture.class, FailingStore.class)
                .run(context -> {
                    var anne = new Caller("anne", Set.of(), null);
                    try (var peer = new InMemoryPeer(context, McpSession.MAIN_ENDPOINT, anne)) {
                        peer.initialize("2025-11-25", "{\"elicitation\":{}}");
                        conversation.with(context, peer);
                    }
                });
    }

    private static String create(McpPeer peer, String tool) throws Exception {
        peer.send(
                """
                {"jsonrpc":"2.0","id":"c","method":"tools/call","params":
                 {"name":"%s","task":{}}}\
                """
                        .formatted(tool));
        // a notification of its status may be first
        JsonNode created = next(peer, "id", "c");
        assertThat(created.at("/result/task").has("taskId")).as("%s", created).isTrue();
        return created.at("/result/task/taskId").stringValue();
    }

    private static JsonNode next(McpPeer peer, String member, String value) throws Exception {
        JsonNode next = peer.receive();
        while (!next.path(member).asString("").equals(value)) {
            next = peer.receive();
        }
        return next;
    }

    @Test
    void watchesATaskOnlyWhileItExists() {
        run((context, peer) -> {
            String id = create(peer, "gated");
            var subscriptions = context.getBean(TaskSubscriptions.class);
            await().atMost(LONG).until(() -> subscriptions.count() == 1);
            Tasks tasks = context.getBean(Tasks.class);
            tasks.discard(Objects.requireNonNull(tasks.find("anne", id)));
            await().atMost(LONG)
                    .untilAsserted(() -> {
                        subscriptions.sweep();
                        assertThat(subscriptions.count()).isZero();
                    });
        });
    }

    @Test
    void storesAnAnswerThatArrivesWhileTheStoreIsAway() {
        run((context, peer) -> {
            var store = context.getBean(FailingStore.class);
            String task = create(peer, "confirming");
            peer.send(
                    """
                    {"jsonrpc":"2.0","id":"r","method":"tasks/result","params":{"taskId":"%s"}}\
                    """
                            .formatted(task));
            JsonNode question = next(peer, "method", "elicitation/create");
            store.away = true;
            peer.send(
                    """
                    {"jsonrpc":"2.0","id":%s,"result":{"action":"accept","content":{"name":"Ada"}}}\
                    """
                            .formatted(question.get("id")));
            await().atMost(LONG).until(() -> store.failures.get() > 1);
            store.away = false;
            JsonNode result = next(peer, "id", "r");
            assertThat(result.at("/result/content/0/text").asString())
                    .as("%s", result)
                    .isEqualTo("accept");
        });
    }
}
