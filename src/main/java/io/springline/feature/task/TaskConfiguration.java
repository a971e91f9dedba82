package io.springline.feature.task;

import io.springline.concurrent.SchedulerNames;
import io.springline.session.Backplane;
import java.time.Clock;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(TaskProperties.class)
class TaskConfiguration {

    /** If the cluster is enabled, its configuration has this bean. */
    @Bean("springlineTaskStore")
    @ConditionalOnProperty(
            name = "springline.cluster.redis.enabled",
            havingValue = "false",
            matchIfMissing = true)
    TaskStore taskStore(TaskProperties properties) {
        long quarterOfHeap = Runtime.getRuntime().maxMemory() / 4;
        return new LocalTaskStore(properties, quarterOfHeap, Clock.systemUTC());
    }

    @Bean("springlineTasks")
    Tasks tasks(TaskStore store, TaskProperties properties, Backplane backplane) {
        return new Tasks(store, properties, backplane, Clock.systemUTC());
    }

    @Bean("springlineExpiredTasks")
    ExpiredTasks expiredTasks(TaskStore store) {
        return new ExpiredTasks(store);
    }

    record ExpiredTasks(TaskStore store) {

        @Scheduled(fixedDelay = 1_000, scheduler = SchedulerNames.SPRINGLINE)
        void sweep() {
            store.sweep();
        }
    }
}
