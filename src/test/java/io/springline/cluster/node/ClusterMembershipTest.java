package io.springline.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.cluster.node.ClusterMembership.State;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import java.lang.reflect.Proxy;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class ClusterMembershipTest {

    private final AtomicLong now = new AtomicLong();

    private final ClusterMembership membership =
            new ClusterMembership(
                    unreachable(),
                    new Keys("test"),
                    "node",
                    new ClusterProperties(
                            true, "test", Duration.ofSeconds(3), Duration.ofSeconds(1)),
                    new ManualClock(now::get));

    private record ManualClock(LongSupplier clock) implements ClusterRuntime {

        @Override
        public long nanoTime() {
            return clock.getAsLong();
        }

        @Override
        public <T> T await(CompletionStage<T> stage, Duration limit)
                throws InterruptedException, ExecutionException, TimeoutException {
            return SYSTEM.await(stage, limit);
        }

        @Override
        public void execute(Runnable task) {
            SYSTEM.execute(task);
        }
    }

    private static Redis unreachable() {
        return (Redis)
                Proxy.newProxyInstance(
                        Redis.class.getClassLoader(),
                        new Class<?>[] {Redis.class},
                        (_, method, _) -> {
                            if (method.getName().equals("isConnected")) {
                                return false;
                            }
                            throw new UnsupportedOperationException(method.getName());
                        });
    }

    @Test
    void isJoiningUntilRedisHasAnsweredOrFailed() throws Exception {
        assertThat(membership.state()).isEqualTo(State.JOINING);
        assertThat(membership.isAway()).as("nothing can be kept there yet").isTrue();
        membership.look(new FailingConnect());
        assertThat(membership.state()).isEqualTo(State.AWAY);
        assertThat(membership.interruptions()).as("it was never there").isZero();
    }

    @Test
    void isIsolatedAfterALeaseWithoutRedis() throws Exception {
        assertThat(membership.isIsolated()).isFalse();
        membership.look(new FailingConnect());
        assertThat(membership.isIsolated()).isFalse();
        now.addAndGet(Duration.ofSeconds(3).toNanos());
        assertThat(membership.isIsolated()).isTrue();
    }

    private static final class FailingConnect implements ClusterMembership.Events {

        @Override
        public void connect() {
            throw new IllegalStateException(new ConnectException("refused"));
        }

        @Override
        public void away() {
            throw new AssertionError("was never there");
        }

        @Override
        public void back() {
            throw new AssertionError("was never there");
        }
    }
}
