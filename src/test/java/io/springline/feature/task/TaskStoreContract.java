package io.springline.feature.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.task.TaskStore.Added;
import io.springline.feature.task.TaskStore.Replaced;
import io.springline.jsonrpc.JsonRpcError;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What every store of tasks must do. Limits of the stores: 2 unfinished, 3 in all. */
public abstract class TaskStoreContract {

    private final String principal = "anne " + UUID.randomUUID();

    /** Returns a store of another node that shares its tasks, or the only store there is. */
    protected abstract TaskStore another();

    private Task task(Duration ttl) {
        return Task.started(
                "tk_" + UUID.randomUUID(),
                principal,
                new TaskTool("docs", List.of("render", "docs_render")),
                "node",
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                ttl);
    }

    private Task task() {
        return task(Duration.ofHours(1));
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    @Test
    void everyNodeReadsWhatOneHasWritten() throws Exception {
        TaskStore store = another();
        TaskStore other = another();
        Task task = task();
        assertThat(store.add(task)).isEqualTo(Added.ADDED);
        assertThat(other.find(principal, task.id())).isEqualTo(task);
        Task asking = task.asking(Map.of("a", object().put("method", "x")), Instant.EPOCH);
        assertThat(other.replace(task, asking)).isEqualTo(Replaced.REPLACED);
        assertThat(store.find(principal, task.id())).isEqualTo(asking);
        ObjectNode result = object().put("n", new BigDecimal("1.50"));
        Task completed = asking.completed(result, Instant.EPOCH);
        assertThat(store.replace(asking, completed)).isEqualTo(Replaced.REPLACED);
        assertThat(other.find(principal, task.id()).result().toString()).isEqualTo("{\"n\":1.50}");
        Task second = task();
        store.add(second);
        Task failed =
                second.failed(
                        new JsonRpcError(-1, "x", object().put("reason", "y")), Instant.EPOCH);
        assertThat(store.replace(second, failed)).isEqualTo(Replaced.REPLACED);
        assertThat(other.find(principal, second.id())).isEqualTo(failed);
        assertThat(other.page(principal, null, 10))
                .extracting(Task::id)
                .containsExactlyInAnyOrder(task.id(), second.id());
        assertThat(other.find(principal, List.of(task.id(), "tk_none"))).hasSize(1);
        store.remove(task);
        assertThat(other.find(principal, task.id())).isNull();
    }

    @Test
    void replacesOnlyWhatHasNotChanged() throws Exception {
        TaskStore store = another();
        TaskStore other = another();
        Task task = task();
        store.add(task);
        var replaced = new AtomicInteger();
        var start = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                TaskStore mine = i % 2 == 0 ? store : other;
                Task mineAfter = task.reporting("by " + i, Instant.EPOCH);
                threads.submit(() -> {
                    start.await();
                    if (mine.replace(task, mineAfter) == Replaced.REPLACED) {
                        replaced.incrementAndGet();
                    }
                    return null;
                });
            }
            start.countDown();
        }
        assertThat(replaced).hasValue(1);
    }

    @Test
    void hidesTasksFromOtherPrincipals() throws Exception {
        TaskStore store = another();
        Task task = task();
        store.add(task);
        assertThat(store.find("bob", task.id())).isNull();
        assertThat(store.page("bob", null, 10)).isEmpty();
    }

    @Test
    void limitsTheTasksOfAPrincipal() throws Exception {
        TaskStore store = another();
        Task first = task();
        Task second = task();
        assertThat(store.add(first)).isEqualTo(Added.ADDED);
        assertThat(store.add(second)).isEqualTo(Added.ADDED);
        assertThat(another().add(task())).isEqualTo(Added.TOO_MANY_RUNNING);
        store.replace(first, first.cancelled(Instant.EPOCH));
        assertThat(store.add(task())).isEqualTo(Added.ADDED);
        assertThat(another().unfinished(principal)).hasSize(2).contains(second);
        store.replace(second, second.cancelled(Instant.EPOCH));
        assertThat(store.add(task())).isEqualTo(Added.TOO_MANY_STORED);
    }

    @Test
    void listsPagesInTheOrderOfExpiryAlsoAfterATaskThatIsGone() throws Exception {
        TaskStore store = another();
        Task last = task(Duration.ofHours(3)).cancelled(Instant.EPOCH);
        Task first = task(Duration.ofHours(1));
        Task second = task(Duration.ofHours(2));
        for (Task each : List.of(last, first, second)) {
            assertThat(store.add(each)).isEqualTo(Added.ADDED);
        }
        assertThat(another().page(principal, null, 2)).containsExactly(first, second);
        assertThat(another().page(principal, second.id(), 2)).containsExactly(last);
        assertThat(another().page(principal, last.id(), 2)).isEmpty();
        store.remove(first);
        assertThat(another().page(principal, first.id(), 2)).containsExactly(second, last);
    }

    @Test
    void forgetsWhatHasExpired() throws Exception {
        TaskStore store = another();
        Task expired = task(Duration.ZERO);
        store.add(expired);
        assertThat(store.find(principal, expired.id())).isNull();
        assertThat(store.page(principal, null, 10)).isEmpty();
        assertThat(store.replace(expired, expired.cancelled(Instant.EPOCH)))
                .isEqualTo(Replaced.STALE);
        for (int i = 0; i < 2; i++) {
            assertThat(store.add(task())).isEqualTo(Added.ADDED);
        }
    }
}
