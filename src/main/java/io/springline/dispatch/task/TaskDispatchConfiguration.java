package io.springline.dispatch.task;

import io.springline.concurrent.SchedulerNames;
import io.springline.feature.task.Tasks;
import io.springline.session.Backplane;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;

@Configuration(proxyBeanMethods = false)
class TaskDispatchConfiguration {

    @Bean("springlineRunningTasks")
    RunningTasks runningTasks(Tasks tasks, Backplane backplane) {
        var running = new RunningTasks(tasks);
        backplane.subscribe((_, topic) -> running.on(topic));
        return running;
    }

    @Bean("springlineTaskSubscriptions")
    TaskSubscriptions taskSubscriptions(Tasks tasks, TaskAccess access, Backplane backplane) {
        var subscriptions = new TaskSubscriptions(tasks, access);
        backplane.subscribe((_, topic) -> subscriptions.on(topic));
        return subscriptions;
    }

    @Bean("springlineTaskWaits")
    TaskWaits taskWaits(Backplane backplane) {
        var waits = new TaskWaits();
        backplane.subscribe((_, topic) -> waits.on(topic));
        return waits;
    }

    @Bean("springlineTaskSweeps")
    TaskSweeps taskSweeps(RunningTasks running, TaskSubscriptions subscriptions) {
        return new TaskSweeps(running, subscriptions);
    }

    /** Reads tasks again whose changes were perhaps not announced. */
    record TaskSweeps(RunningTasks running, TaskSubscriptions subscriptions) {

        /** Uses a thread of its own, because it waits for the store. */
        @Scheduled(fixedDelay = 5_000, scheduler = SchedulerNames.SPRINGLINE)
        void sweep() {
            Thread.ofVirtual()
                    .name("task-sweep")
                    .start(() -> {
                        running.sweep();
                        subscriptions.sweep();
                    });
        }
    }
}
