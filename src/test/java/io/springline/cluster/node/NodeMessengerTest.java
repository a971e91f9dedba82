package io.springline.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Format;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class NodeMessengerTest {

    private static final int LARGE = 10 * 1024 * 1024;

    private final List<Runnable> tasks = new ArrayList<>();
    private final List<Integer> read = new ArrayList<>();
    private final NodeMessenger messenger =
            new NodeMessenger(
                    unused(),
                    new Keys("test"),
                    new ClusterRuntime() {
                        @Override
                        public long nanoTime() {
                            return 0;
                        }

                        @Override
                        public <T> T await(CompletionStage<T> stage, Duration limit) {
                            throw new UnsupportedOperationException();
                        }

                        @Override
                        public void execute(Runnable task) {
                            tasks.add(task);
                        }
                    });

    NodeMessengerTest() {
        messenger.on("test", (_, body) -> read.add(body.length));
    }

    private static Redis unused() {
        return (Redis)
                Proxy.newProxyInstance(
                        Redis.class.getClassLoader(),
                        new Class<?>[] {Redis.class},
                        (_, method, _) -> {
                            throw new UnsupportedOperationException(method.getName());
                        });
    }

    private void hear(int bytes) {
        byte[] message = new byte[bytes];
        byte[] head = Bytes.of("test subject\n");
        System.arraycopy(head, 0, message, 0, head.length);
        messenger.heard(Format.MESSAGE.mark(message));
    }

    private void runTasks() {
        List.copyOf(tasks).forEach(Runnable::run);
        tasks.clear();
    }

    @Test
    void dropsMessagesIfTooManyBytesWait() {
        for (int i = 0; i < 10; i++) {
            hear(LARGE);
        }
        assertThat(messenger.dropped()).isEqualTo(7);
        runTasks();
        assertThat(read).hasSize(3);
        hear(LARGE);
        runTasks();
        assertThat(read).hasSize(4);
        assertThat(messenger.dropped()).isEqualTo(7);
    }

    @Test
    void readsOneMessageOfAnySize() {
        hear(4 * LARGE);
        hear(100);
        runTasks();
        assertThat(read).hasSize(1);
        assertThat(messenger.dropped()).isEqualTo(1);
    }
}
