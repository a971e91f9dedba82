package io.springline.dispatch.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.task.Task;
import io.springline.feature.task.TaskStatus;
import io.springline.feature.task.TaskStore;
import io.springline.feature.task.TaskTool;
import io.springline.feature.task.Tasks;
import io.springline.session.Backplane;
import io.springline.testing.CoreContext;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationContext;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class RunningTaskTest {

    private interface Body {
        void run(Tasks tasks, Task created) throws Exception;
    }

    /** Runs before each attempt to write a changed task; may throw. */
    private interface Fault {
        void before() throws Exception;
    }

    private static void with(Fault fault, Body body) {
        CoreContext.runner()
                .run(context -> {
                    Tasks tasks = tasks(context, fault);
                    body.run(tasks, tasks.create("anne", new TaskTool("", List.of("print")), null));
                });
    }

    private static Tasks tasks(ApplicationContext context, Fault fault) {
        TaskStore store = context.getBean(TaskStore.class);
        var faulty =
                (TaskStore)
                        Proxy.newProxyInstance(
                                TaskStore.class.getClassLoader(),
                                new Class<?>[] {TaskStore.class},
                                (_, method, arguments) -> {
                                    if (method.getName().equals("replace")) {
                                        fault.before();
                                    }
                                    try {
                                        return method.invoke(store, arguments);
                                    } catch (InvocationTargetException e) {
                                        throw e.getCause();
                                    }
                                });
        return new Tasks(
                faulty,
                context.getBean(Tasks.class).limits(),
                context.getBean(Backplane.class),
                Clock.systemUTC());
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static Task find(Tasks tasks, Task task) throws InterruptedException {
        return tasks.find(task.principal(), task.id());
    }

    @Test
    void endsAQuestionOfAnotherThreadWhenTheHandlerHasReturned() {
        with(
                () -> {},
                (tasks, created) -> {
                    var running = new RunningTask(tasks, created, Thread.currentThread());
                    Thread asking =
                            Thread.startVirtualThread(() -> {
                                try {
                                    running.ask(Map.of("name", object()));
                                } catch (InterruptedException e) {
                                    // as it should be
                                }
                            });
                    await().until(() -> find(tasks, created).status() == TaskStatus.INPUT_REQUIRED);
                    running.complete(object());
                    assertThat(asking.join(Duration.ofMinutes(1))).isTrue();
                });
    }

    @Test
    void failsATaskWhoseOutcomeCouldNotBeStored() {
        var attempts = new AtomicInteger();
        with(
                () -> {
                    switch (attempts.incrementAndGet()) {
                        case 1 -> throw new IllegalStateException("broken");
                        case 2 -> throw new TaskStore.UnavailableException("away", null);
                        default -> {}
                    }
                },
                (tasks, created) -> {
                    new RunningTask(tasks, created, Thread.currentThread()).complete(object());
                    await().atMost(Duration.ofMinutes(1))
                            .until(() -> find(tasks, created).status() == TaskStatus.FAILED);
                    assertThat(find(tasks, created).error().message())
                            .contains("could not be stored");
                });
    }

    /** The thread that reads an upstream reports its progress. */
    @Test
    void reportsWithoutWaitingForTheStore() {
        var gate = new CountDownLatch(1);
        with(
                gate::await,
                (tasks, created) -> {
                    var running = new RunningTask(tasks, created, Thread.currentThread());
                    Thread reporting = Thread.startVirtualThread(() -> running.report("half"));
                    assertThat(reporting.join(Duration.ofMinutes(1))).isTrue();
                    assertThat(find(tasks, created).message()).isNotEqualTo("half");
                    gate.countDown();
                    await().until(() -> "half".equals(find(tasks, created).message()));
                });
    }
}
