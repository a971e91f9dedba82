package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.session.Caller;
import io.springline.session.Identity;
import io.springline.session.McpSession;
import io.springline.session.limit.ProcessorShare;
import io.springline.session.limit.ProcessorShares;
import io.springline.session.limit.UnreadMemory;
import io.springline.testing.CoreContext;
import io.springline.testing.InMemoryPeer;
import io.springline.testing.McpPeer;
import io.springline.transport.drain.DrainNotice;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What threads that serve all clients send to one that has used up its share. */
class BusyShareTest {

    private final ProcessorShare share = new ProcessorShares(1, 1).of("anne");

    private interface Conversation {
        void run(InMemoryPeer peer, Dispatchers dispatchers) throws Exception;
    }

    private void converse(Conversation conversation) {
        var identity =
                new Identity(new Caller("anne", Set.of(), null), share, UnreadMemory.unlimited());
        CoreContext.runner()
                .run(context -> {
                    try (var peer = new InMemoryPeer(context, McpSession.MAIN_ENDPOINT, identity)) {
                        conversation.run(peer, context.getBean(Dispatchers.class));
                    }
                });
    }

    /** Runs an action while another piece of work has the whole share. */
    private void whileBusy(Runnable action) throws InterruptedException {
        var begun = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        Thread busy =
                Thread.startVirtualThread(() ->
                        share.run(() -> {
                            begun.countDown();
                            try {
                                release.await();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                            return 0;
                        }));
        begun.await();
        var done = new AtomicBoolean();
        Thread serving =
                Thread.startVirtualThread(() -> {
                    action.run();
                    done.set(true);
                });
        try {
            await("sent at once").untilTrue(done);
        } finally {
            release.countDown();
            busy.join();
            serving.join();
        }
    }

    @Test
    void announcesADrainAtOnce() {
        converse((peer, _) -> {
            peer.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}");
            whileBusy(() -> DrainNotice.send(peer.session()));
            assertThat(peer.receive().path("method").asString()).isEqualTo("springline/drain");
        });
    }

    @Test
    void endsSubscriptionsAtOnce() {
        converse((peer, dispatchers) -> {
            peer.ask(
                    """
                    {"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{%s,"notifications":{}}}\
                    """
                            .formatted(McpPeer.meta("{}")));
            whileBusy(() -> dispatchers.endSubscriptions(peer.session()));
            assertThat(peer.receive().path("id").asInt()).isEqualTo(7);
        });
    }
}
