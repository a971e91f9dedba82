package io.springline.cluster;

import static org.awaitility.Awaitility.await;

import io.springline.cluster.node.ClusterProperties;
import io.springline.cluster.node.RedisBackplane;
import io.springline.cluster.session.RedisSessionStore;
import io.springline.resume.SessionProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.SimpleCommandLinePropertySource;

/** The room of one node, without a service around it. */
final class TestNode implements AutoCloseable {

    private final AnnotationConfigApplicationContext context;

    @EnableConfigurationProperties({SessionProperties.class, ClusterProperties.class})
    static class Session {}

    /**
     * @param redis what a service would be told to find it
     */
    TestNode(List<String> redis) {
        var arguments = new ArrayList<>(redis);
        arguments.add("--springline.cluster.redis.node-lease=1s");
        // a machine that is busy is not a Redis that is away: what a contract waits for would be
        // lost
        arguments.add("--springline.cluster.redis.patience=3s");
        context = new AnnotationConfigApplicationContext();
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new SimpleCommandLinePropertySource(arguments.toArray(String[]::new)));
        context.register(Session.class, SslAutoConfiguration.class, ClusterConfiguration.class);
        context.refresh();
    }

    /** So many of them, all joined. */
    static List<TestNode> start(int count, List<String> redis) {
        var nodes = Stream.generate(() -> new TestNode(redis)).limit(count).toList();
        await().until(() ->
                nodes.stream().allMatch(node -> node.cluster().state().equals("joined")));
        return nodes;
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
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
