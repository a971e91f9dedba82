package io.springline.cluster;

import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.resource.Delay;
import io.springline.cluster.node.ClusterMembership;
import io.springline.cluster.node.ClusterProperties;
import io.springline.cluster.node.ClusterRuntime;
import io.springline.cluster.node.NodeMessenger;
import io.springline.cluster.node.RedisBackplane;
import io.springline.cluster.node.RedisClusterNodes;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.LettuceRedis;
import io.springline.cluster.redis.Redis;
import io.springline.cluster.session.RedisSessionStore;
import io.springline.cluster.task.RedisTaskStore;
import io.springline.feature.task.TaskProperties;
import io.springline.resume.SessionProperties;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** Configures the cluster and Spring Boot's Redis, which is off without it. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty("springline.cluster.redis.enabled")
@EnableConfigurationProperties({ClusterProperties.class, TaskProperties.class})
@Import(DataRedisAutoConfiguration.class)
class ClusterConfiguration {

    /** The highest number of commands without an answer. */
    private static final int UNANSWERED = 100_000;

    /**
     * The delay between two attempts to reconnect: all nodes reconnect while they are {@link
     * ClusterMembership.State#SETTLING}.
     */
    private static final Duration RECONNECT = Duration.ofMillis(250);

    /**
     * Returns the name of this node: the host name (in Kubernetes, the pod's) and a random number
     * per start.
     */
    private static String node() {
        String host = Objects.requireNonNullElse(System.getenv("HOSTNAME"), "node");
        int start = ThreadLocalRandom.current().nextInt(1 << 24);
        return "%s-%s".formatted(host.replaceAll("\\s", "-"), HexFormat.of().toHexDigits(start, 6));
    }

    /** Rejects commands while Redis is unreachable, instead of queueing them in the client. */
    @Bean("springlineFailFast")
    LettuceClientOptionsBuilderCustomizer failFast() {
        return options ->
                options.disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                        .requestQueueSize(UNANSWERED);
    }

    /** Sets a constant delay. Lettuce's default grows to 30 s, and differs from node to node. */
    @Bean("springlineComeBackTogether")
    ClientResourcesBuilderCustomizer comeBackTogether() {
        return resources -> resources.reconnectDelay(Delay.constant(RECONNECT));
    }

    @Bean("springlineClusterKeys")
    Keys clusterKeys(ClusterProperties properties) {
        return new Keys(properties.keyPrefix());
    }

    @Bean("springlineRedis")
    LettuceRedis redis(LettuceConnectionFactory factory) {
        return new LettuceRedis(factory);
    }

    @Bean("springlineMembership")
    ClusterMembership membership(Redis redis, Keys keys, ClusterProperties properties) {
        return new ClusterMembership(redis, keys, node(), properties, ClusterRuntime.SYSTEM);
    }

    @Bean("springlineMessenger")
    NodeMessenger messenger(Redis redis, Keys keys) {
        return new NodeMessenger(redis, keys, ClusterRuntime.SYSTEM);
    }

    @Bean("springlineSessionStore")
    RedisSessionStore sessionStore(
            Redis redis,
            Keys keys,
            ClusterMembership membership,
            NodeMessenger messenger,
            SessionProperties sessions) {
        return new RedisSessionStore(
                redis, keys, membership, messenger, sessions, ClusterRuntime.SYSTEM);
    }

    @Bean("springlineTaskStore")
    RedisTaskStore taskStore(
            Redis redis,
            Keys keys,
            ClusterMembership membership,
            ClusterProperties properties,
            TaskProperties tasks) {
        return new RedisTaskStore(
                redis,
                keys,
                membership.node(),
                membership::checkAlive,
                membership::isAway,
                properties.patience(),
                tasks);
    }

    @Bean("springlineBackplane")
    RedisBackplane backplane(
            Redis redis, Keys keys, NodeMessenger messenger, ClusterMembership membership) {
        return new RedisBackplane(redis, keys, messenger, membership);
    }

    @Bean("springlineNodes")
    RedisClusterNodes nodes(
            Redis redis, Keys keys, NodeMessenger messenger, ClusterMembership membership) {
        return new RedisClusterNodes(redis, keys, messenger, membership);
    }

    @Bean("springlineSingleUseTokens")
    RedisSingleUseTokens singleUseTokens(Redis redis, Keys keys, ClusterProperties properties) {
        return new RedisSingleUseTokens(redis, keys, properties.patience());
    }

    @Bean("springlineConsentStore")
    RedisConsentStore consentStore(Redis redis, Keys keys, ClusterProperties properties) {
        return new RedisConsentStore(redis, keys, properties.patience());
    }

    @Bean("springlineCallLimitStore")
    RedisCallLimitStore callLimitStore(Redis redis, Keys keys, ClusterProperties properties) {
        return new RedisCallLimitStore(redis, keys, properties.patience(), System::nanoTime);
    }

    @Bean("springlineCluster")
    Cluster cluster(
            Redis redis,
            Keys keys,
            ClusterMembership membership,
            NodeMessenger messenger,
            RedisSessionStore store) {
        return new Cluster(redis, keys, membership, messenger, store);
    }
}
