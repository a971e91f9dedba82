package io.springline.feature.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.TaskSupport.Mode;
import io.springline.feature.task.TaskStore.Added;
import io.springline.feature.task.TaskStore.Replaced;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.node.JsonNodeFactory;

class LocalTaskStoreTest extends TaskStoreContract {

    private static final TaskProperties LIMITS =
            new TaskProperties(
                    Mode.AUTO,
                    Duration.ofSeconds(5),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    Duration.ofHours(1),
                    2,
                    3,
                    DataSize.ofMegabytes(4));

    private final TaskStore store = new LocalTaskStore(LIMITS, 10_000, Clock.systemUTC());

    @Override
    protected TaskStore another() {
        return store;
    }

    @Test
    void limitsTheMemoryOfAllTasks() throws Exception {
        Task task =
                Task.started(
                        "tk_1",
                        "bob",
                        new TaskTool("", List.of("print")),
                        "node",
                        Instant.now(),
                        Duration.ofHours(1));
        store.add(task);
        Task large =
                task.completed(
                        JsonNodeFactory.instance.objectNode().put("text", "x".repeat(5000)),
                        Instant.EPOCH);
        assertThat(store.replace(task, large)).isEqualTo(Replaced.FULL);
        for (int i = 0; i < 8; i++) {
            Task other =
                    Task.started(
                            "tk_" + i,
                            "c" + i,
                            new TaskTool("", List.of("print")),
                            "node",
                            Instant.now(),
                            Duration.ofHours(1));
            assertThat(store.add(other)).isEqualTo(Added.ADDED);
        }
        Task beyond =
                Task.started(
                        "tk_x",
                        "dora",
                        new TaskTool("", List.of("print")),
                        "node",
                        Instant.now(),
                        Duration.ofHours(1));
        assertThat(store.add(beyond)).isEqualTo(Added.TOO_MANY_STORED);
    }
}
