package io.springline.dispatch.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.mcp.CloseReason;
import io.springline.session.Caller;
import io.springline.session.Connection;
import io.springline.session.McpSession;
import io.springline.session.Outbound;
import io.springline.session.Subscriptions.Listen;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.session.request.InFlightRequests.Opened;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

class RemoteTaskWatchesTest {

    private static final RequestId LISTEN = new RequestId.Number(7);

    /** A client that reads only once the test lets it. */
    private static final class SlowClient implements Connection {
        private final CountDownLatch looked = new CountDownLatch(1);
        private final List<Outbound> sent = new CopyOnWriteArrayList<>();
        private volatile long queued = 1_000_000;

        @Override
        public String id() {
            return "slow";
        }

        @Override
        public void enqueue(Outbound message) {
            sent.add(message);
        }

        @Override
        public void flush() {}

        @Override
        public void awaitRoom() {}

        @Override
        public long queuedBytes() {
            looked.countDown();
            return queued;
        }

        @Override
        public void close(CloseReason reason) {}
    }

    @Test
    void readsAndSendsATaskOnceThereIsRoom() throws Exception {
        var client = new SlowClient();
        var session =
                new McpSession(
                        Caller.ANONYMOUS,
                        client,
                        JsonRpcCodec.json(1000),
                        new SessionLimits(8, Duration.ofMinutes(1), new Rate(1000)));
        session.subscriptions()
                .open(LISTEN, new Listen(false, false, false, Set.of(), Set.of("task")));
        session.subscriptions().begin(LISTEN, () -> {});
        var listen = ((Opened) session.inFlight().open(LISTEN, _ -> {}, () -> {})).request();
        var reads = new AtomicInteger();
        var watches =
                new RemoteTaskWatches(
                        session,
                        listen,
                        id -> {
                            reads.incrementAndGet();
                            return JsonNodeFactory.instance
                                    .objectNode()
                                    .put("taskId", id)
                                    .put("status", "completed");
                        });
        watches.start(Set.of("task"));
        client.looked.await();
        assertThat(reads).hasValue(0);
        assertThat(client.sent).isEmpty();

        client.queued = 0;
        await().atMost(Duration.ofMinutes(1)).until(() -> !client.sent.isEmpty());
        await().until(() -> session.subscriptions().taskIds(LISTEN).isEmpty());
        assertThat(client.sent).hasSize(1);
        session.end();
    }
}
