package io.springline.feature.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.JsonRpcError;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class TaskTest {

    private static final Instant NOW = Instant.parse("2026-11-29T09:00:00Z");
    private static final JsonRpcError ERROR = new JsonRpcError(-32603, "out of paper", null);

    private final Task started =
            Task.started(
                    "tk_1",
                    "anne",
                    new TaskTool("", List.of("print")),
                    "node",
                    NOW,
                    Duration.ofHours(1));

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    @Test
    void neverLeavesAFinalState() {
        for (Task end :
                List.of(
                        started.completed(object(), NOW),
                        started.failed(ERROR, NOW),
                        started.cancelled(NOW))) {
            assertThat(end.status().isFinal()).isTrue();
            assertThat(end.completed(object(), NOW)).isSameAs(end);
            assertThat(end.failed(ERROR, NOW)).isSameAs(end);
            assertThat(end.cancelled(NOW)).isSameAs(end);
            assertThat(end.asking(Map.of("a", object()), NOW)).isSameAs(end);
            assertThat(end.reporting("late", NOW)).isSameAs(end);
        }
    }

    @Test
    void countsEachChange() {
        Task asking = started.reporting("page 1", NOW).asking(Map.of("a", object()), NOW);
        assertThat(asking.version()).isEqualTo(3);
        assertThat(asking.reporting("page 1", NOW)).isSameAs(asking);
        assertThat(asking.answered(object().set("b-1", object()), NOW)).isSameAs(asking);
        Task answered = asking.answered(object().set("a-1", object()), NOW);
        assertThat(answered.status()).isEqualTo(TaskStatus.WORKING);
        assertThat(answered.answered(object().set("a-1", object()), NOW)).isSameAs(answered);
    }

    @Test
    void endsFromAnOpenQuestion() {
        Task asking = started.asking(Map.of("a", object()), NOW);
        assertThat(asking.cancelled(NOW).inputs().open()).isEmpty();
        assertThat(asking.failed(ERROR, NOW).status()).isEqualTo(TaskStatus.FAILED);
    }
}
