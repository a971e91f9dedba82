package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.resource.ClientResources;
import io.springline.testing.RedisServer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ClusterConfigurationTest {

    @Test
    void howeverLongRedisWasAwayItsReturnIsNoticedAtOnce() throws Exception {
        try (var node = new TestNode(RedisServer.arguments(1))) {
            var delay = node.bean(ClientResources.class).reconnectDelay();
            assertThat(delay.createDelay(1_000)).isLessThan(Duration.ofSeconds(1));
        }
    }
}
