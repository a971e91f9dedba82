package io.springline.cluster;

import io.springline.session.Backplane;
import io.springline.session.BackplaneContract;
import io.springline.testing.RedisServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisBackplaneIT extends BackplaneContract {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private final List<TestNode> nodes = new ArrayList<>();

    @Override
    protected List<Backplane> nodes() {
        for (int i = 0; i < 3; i++) {
            nodes.add(new TestNode(REDIS.port()));
        }
        return nodes.stream().<Backplane>map(TestNode::backplane).toList();
    }

    @AfterEach
    void stop() {
        nodes.forEach(TestNode::close);
    }
}
