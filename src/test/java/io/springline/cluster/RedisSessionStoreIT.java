package io.springline.cluster;

import io.springline.resume.store.SessionStore;
import io.springline.resume.store.SessionStoreContract;
import io.springline.testing.RedisServers;
import io.springline.testing.RedisTopology;
import java.util.List;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class RedisSessionStoreIT extends SessionStoreContract {

    private static RedisServers redis;
    private static List<TestNode> nodes;

    @Parameter RedisTopology topology;
    private int used;

    @BeforeParameterizedClassInvocation
    static void start(RedisTopology topology) throws Exception {
        redis = topology.start();
        nodes = TestNode.start(2, redis.arguments());
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        nodes.forEach(TestNode::close);
        redis.close();
    }

    @Override
    protected SessionStore another() {
        return nodes.get(used++).store();
    }
}
