package io.springline.cluster;

import io.springline.session.SessionStore;
import io.springline.session.SessionStoreContract;
import io.springline.testing.RedisServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisSessionStoreIT extends SessionStoreContract {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static final List<TestNode> NODES = new ArrayList<>();
    private int used;

    @BeforeAll
    static void start() {
        NODES.add(new TestNode(REDIS.port()));
        NODES.add(new TestNode(REDIS.port()));
    }

    @AfterAll
    static void stop() {
        NODES.forEach(TestNode::close);
        NODES.clear();
    }

    @Override
    protected SessionStore another() {
        return NODES.get(used++).store();
    }
}
