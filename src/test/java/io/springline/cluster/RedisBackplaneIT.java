package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.Backplane;
import io.springline.session.BackplaneContract;
import io.springline.testing.RedisServers;
import io.springline.testing.RedisTopology;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource
class RedisBackplaneIT extends BackplaneContract {

    private static RedisServers redis;
    private static List<TestNode> nodes;

    @Parameter RedisTopology topology;

    @BeforeParameterizedClassInvocation
    static void start(RedisTopology topology) throws Exception {
        redis = topology.start();
        nodes = TestNode.start(3, redis.arguments());
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        nodes.forEach(TestNode::close);
        redis.close();
    }

    @Test
    void keepsNamesForAllNodes() throws Exception {
        assertThat(nodes.getFirst().backplane().remembered("empty")).isEmpty();
        nodes.getFirst().backplane().remember("names", "a b");
        nodes.getLast().backplane().remember("names", "c");
        assertThat(nodes.getLast().backplane().remembered("names")).containsOnly("a b", "c");
    }

    @Override
    protected List<Backplane> nodes() {
        return nodes.stream().<Backplane>map(TestNode::backplane).toList();
    }
}
