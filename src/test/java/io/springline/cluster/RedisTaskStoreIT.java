package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.springline.cluster.task.RedisTaskStore;
import io.springline.feature.task.Task;
import io.springline.feature.task.TaskProperties;
import io.springline.feature.task.TaskStatus;
import io.springline.feature.task.TaskStore;
import io.springline.feature.task.TaskStoreContract;
import io.springline.feature.task.TaskTool;
import io.springline.feature.task.Tasks;
import io.springline.testing.RedisServer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisTaskStoreIT extends TaskStoreContract {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static List<TestNode> nodes;
    private int used;

    @BeforeAll
    static void start() {
        nodes = TestNode.start(2, arguments());
    }

    private static List<String> arguments() {
        List<String> arguments = new ArrayList<>(REDIS.arguments());
        arguments.add("--springline.tasks.max-running=2");
        arguments.add("--springline.tasks.max-stored=3");
        return arguments;
    }

    @AfterAll
    static void stop() {
        nodes.forEach(TestNode::close);
    }

    @Override
    protected TaskStore another() {
        return nodes.get(used++ % nodes.size()).bean(RedisTaskStore.class);
    }

    @Test
    void noticesThatANodeHasEnded() {
        TestNode third = TestNode.start(1, arguments()).getFirst();
        String name = third.bean(RedisTaskStore.class).node();
        TaskStore store = another();
        assertThat(store.checkAlive(name)).isTrue();
        third.close();
        await().until(() -> !store.checkAlive(name));
    }

    @Test
    void failsTheTaskOfANodeThatHasEndedOnEveryOtherNode() throws Exception {
        TestNode third = TestNode.start(1, arguments()).getFirst();
        Task task = tasks(third).create("carl", new TaskTool("", List.of("print")), null);
        for (TestNode node : nodes) {
            assertThat(tasks(node).find("carl", task.id()).status()).isEqualTo(TaskStatus.WORKING);
        }
        third.close();
        for (TestNode node : nodes) {
            await().until(() -> tasks(node).find("carl", task.id()).status() == TaskStatus.FAILED);
            assertThat(tasks(node).find("carl", task.id()).error().data().toString())
                    .isEqualTo("{\"reason\":\"worker-lost\"}");
        }
    }

    @Test
    void leavesNothingIfTheCreationIsInterrupted() throws Exception {
        Tasks tasks = tasks(nodes.getFirst());
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> tasks.create("emma", new TaskTool("", List.of("print")), null))
                .isInstanceOf(InterruptedException.class);
        TaskStore store = nodes.getFirst().bean(RedisTaskStore.class);
        await().until(() -> store.unfinished("emma").isEmpty());
    }

    @Test
    void doesNotCountTheTasksOfANodeThatHasEndedAsRunning() throws Exception {
        TestNode third = TestNode.start(1, arguments()).getFirst();
        String name = third.bean(RedisTaskStore.class).node();
        tasks(third).create("dora", new TaskTool("", List.of("print")), null);
        tasks(third).create("dora", new TaskTool("", List.of("print")), null);
        TestNode other = nodes.getFirst();
        assertThatThrownBy(
                        () -> tasks(other).create("dora", new TaskTool("", List.of("print")), null))
                .hasMessageContaining("springline.tasks.max-running");
        third.close();
        await().until(() -> !other.bean(RedisTaskStore.class).checkAlive(name));
        assertThat(tasks(other).create("dora", new TaskTool("", List.of("print")), null).status())
                .isEqualTo(TaskStatus.WORKING);
        assertThat(tasks(other).page("dora", null, 10))
                .extracting(Task::status)
                .containsExactly(TaskStatus.FAILED, TaskStatus.FAILED, TaskStatus.WORKING);
    }

    private static Tasks tasks(TestNode node) {
        return new Tasks(
                node.bean(RedisTaskStore.class),
                node.bean(TaskProperties.class),
                node.backplane(),
                Clock.systemUTC());
    }
}
