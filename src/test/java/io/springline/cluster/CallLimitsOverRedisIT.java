package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.RedisServer;
import io.springline.toolcall.limit.CallLimitStore;
import io.springline.toolcall.limit.CallLimitStore.Counter;
import io.springline.toolcall.limit.CallLimitStore.Slots;
import io.springline.toolcall.limit.CallRate;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Two replicas count together while a real Redis answers, and each for itself while it does not.
 */
class CallLimitsOverRedisIT {

    private static Duration take(CallLimitStore store, String key) throws Exception {
        return store.take(List.of(new Counter(key, new CallRate(2, Duration.ofHours(1)))));
    }

    @Test
    void countsOverAllReplicas() throws Exception {
        RedisServer redis = RedisServer.started();
        try {
            var nodes = TestNode.start(2, redis.arguments());
            try (var first = nodes.getFirst();
                    var second = nodes.getLast()) {
                var a = first.bean(RedisCallLimitStore.class);
                var b = second.bean(RedisCallLimitStore.class);
                assertThat(take(a, "k")).isZero();
                assertThat(take(b, "k")).isZero();
                assertThat(take(a, "k")).isBetween(Duration.ofMinutes(1), Duration.ofMinutes(30));
                assertThat(take(b, "k")).isPositive();
                assertThat(take(b, "other")).isZero();

                Runnable release = a.hold(List.of(new Slots("s", 1)));
                assertThat(release).isNotNull();
                assertThat(b.hold(List.of(new Slots("s2", 1), new Slots("s", 1)))).isNull();
                assertThat(b.hold(List.of(new Slots("s2", 1))))
                        .as("not held by halves")
                        .isNotNull();
                a.renew();
                assertThat(b.hold(List.of(new Slots("s", 1)))).isNull();
                release.run();
                Awaitility.await().until(() -> b.hold(List.of(new Slots("s", 1))) != null);

                redis.stop();
                assertThat(take(a, "k")).as("each for itself").isZero();
                assertThat(take(a, "k")).isZero();
                assertThat(take(a, "k")).isPositive();
                assertThat(take(b, "k")).isZero();
            }
        } finally {
            redis.stop();
        }
    }
}
