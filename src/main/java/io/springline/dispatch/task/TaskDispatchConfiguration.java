package io.springline.dispatch.task;

import io.springline.feature.task.Tasks;
import io.springline.session.Backplane;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.SchedulingConfigurer;

@Configuration(proxyBeanMethods = false)
class TaskDispatchConfiguration {

    /** How often tasks are read again whose changes were perhaps not announced. */
    private static final Duration SWEEP = Duration.ofSeconds(5);

    @Bean
    RunningTasks runningTasks(Tasks tasks, Backplane backplane) {
        var running = new RunningTasks(tasks);
        backplane.subscribe((_, topic) -> running.on(topic));
        return running;
    }

    @Bean
    TaskSubscriptions taskSubscriptions(Tasks tasks, Backplane backplane) {
        var subscriptions = new TaskSubscriptions(tasks);
        backplane.subscribe((_, topic) -> subscriptions.on(topic));
        return subscriptions;
    }

    @Bean
    SchedulingConfigurer taskSweeps(RunningTasks running, TaskSubscriptions subscriptions) {
        // On a thread of its own, because it waits for the store.
        return scheduled ->
                scheduled.addFixedDelayTask(
                        () ->
                                Thread.ofVirtual()
                                        .name("task-sweep")
                                        .start(() -> {
                                            running.sweep();
                                            subscriptions.sweep();
                                        }),
                        SWEEP);
    }
}
