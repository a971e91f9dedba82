package io.springline.cluster.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.cluster.node.ClusterMembership;
import io.springline.cluster.node.ClusterProperties;
import io.springline.cluster.node.ClusterRuntime;
import io.springline.cluster.node.NodeMessenger;
import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import io.springline.resume.SessionProperties;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionLease.Written;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.StoredSession;
import io.springline.session.Outbound;
import io.springline.session.SessionState;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class WriteResultTest {

    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Queue<CompletableFuture<byte[]>> commands = new ArrayDeque<>();
    private final Keys keys = new Keys("test");
    private final Time time = new Time();
    private final RedisLease lease = RedisLease.opened(store(), binding());

    /** The time passes while a thread waits, and Redis answers a command meanwhile. */
    private final class Time implements ClusterRuntime {
        private long now;
        private boolean answers = true;
        private int waits;

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public <T> T await(CompletionStage<T> stage, Duration limit)
                throws InterruptedException, ExecutionException, TimeoutException {
            CompletableFuture<T> awaited = stage.toCompletableFuture();
            if (awaited.isDone()) {
                return awaited.get();
            }
            waits++;
            now += limit.toNanos() / 2;
            if (answers) {
                answer();
            }
            now += limit.toNanos() / 2;
            if (awaited.isDone()) {
                return awaited.get();
            }
            throw new TimeoutException();
        }

        @Override
        public void execute(Runnable task) {
            task.run();
        }
    }

    private RedisSessionStore store() {
        Redis redis =
                (Redis)
                        Proxy.newProxyInstance(
                                Redis.class.getClassLoader(),
                                new Class<?>[] {Redis.class},
                                (_, method, _) -> {
                                    if (!method.getName().equals("run")) {
                                        throw new UnsupportedOperationException(method.getName());
                                    }
                                    var command = new CompletableFuture<byte[]>();
                                    commands.add(command);
                                    return command;
                                });
        var properties = new ClusterProperties(true, "test", Duration.ofSeconds(3), PATIENCE);
        return new RedisSessionStore(
                redis,
                keys,
                new ClusterMembership(redis, keys, "node", properties, time),
                new NodeMessenger(redis, keys, time),
                new SessionProperties(Duration.ofMinutes(1), DataSize.ofMegabytes(10), 10),
                time);
    }

    private static Binding binding() {
        return new Binding("session", "alice", "", "01234567");
    }

    private void answer() {
        commands.remove().complete(Bytes.of("ok"));
    }

    /** Writes a state behind three commands of messages, of which one is in progress. */
    private Written writeBehindMessages() {
        lease.push(StoredSession.opened("digest", SessionState.NEW));
        answer();
        for (int number = 1; number <= 3; number++) {
            lease.sent(number, Outbound.essential(new byte[300_000]));
        }
        return lease.tokens(List.of("next"));
    }

    @Test
    void waitsForEarlierWritesOfTheSessionWhileRedisAnswers() throws Exception {
        assertThat(writeBehindMessages().await()).isEqualTo(Outcome.KEPT);
        assertThat(time.waits).isEqualTo(4);
    }

    @Test
    void countsRedisAsUnreachableIfACommandIsNotAnswered() throws Exception {
        time.answers = false;
        assertThat(writeBehindMessages().await()).isEqualTo(Outcome.ALONE);
        assertThat(time.waits).isEqualTo(1);
    }
}
