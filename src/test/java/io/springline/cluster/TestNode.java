package io.springline.cluster;

import static org.awaitility.Awaitility.await;

import io.springline.session.SessionProperties;
import java.time.Duration;
import java.util.Map;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;

/** The room of one node, without a service around it. */
final class TestNode implements AutoCloseable {

    private final AnnotationConfigApplicationContext context;

    @EnableConfigurationProperties(SessionProperties.class)
    static class Session {}

    TestNode(int redisPort) {
        context = new AnnotationConfigApplicationContext();
        context.getEnvironment()
                .getPropertySources()
                .addFirst(
                        new MapPropertySource(
                                "test",
                                Map.of(
                                        "springline.cluster.redis.enabled", "true",
                                        "springline.cluster.redis.node-lease", "1s",
                                        "spring.data.redis.host", "127.0.0.1",
                                        "spring.data.redis.port", redisPort)));
        context.register(Session.class, ClusterConfiguration.class);
        context.refresh();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> context.getBean(Cluster.class).state().equals("joined"));
    }

    RedisSessionStore store() {
        return context.getBean(RedisSessionStore.class);
    }

    RedisBackplane backplane() {
        return context.getBean(RedisBackplane.class);
    }

    Cluster cluster() {
        return context.getBean(Cluster.class);
    }

    @Override
    public void close() {
        context.close();
    }
}
