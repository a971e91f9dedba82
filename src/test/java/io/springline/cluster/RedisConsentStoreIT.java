package io.springline.cluster;

import io.springline.relay.consent.ConsentStore;
import io.springline.relay.consent.ConsentStoreContract;
import io.springline.testing.RedisServer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisConsentStoreIT extends ConsentStoreContract {

    @RegisterExtension static final RedisServer REDIS = new RedisServer();

    private static List<TestNode> nodes;
    private int used;

    @BeforeAll
    static void start() {
        nodes = TestNode.start(2, REDIS.arguments());
    }

    @AfterAll
    static void stop() {
        nodes.forEach(TestNode::close);
    }

    @Override
    protected ConsentStore another() {
        return nodes.get(used++ % nodes.size()).bean(RedisConsentStore.class);
    }
}
