package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.Caller;
import io.springline.session.Identity;
import io.springline.session.Outbound;
import io.springline.session.Outbound.Kind;
import org.junit.jupiter.api.Test;

class OutboundQueueTest {

    private final OutboundQueue queue =
            new OutboundQueue(100, new Identity(Caller.ANONYMOUS).unreadAccount());

    private static Outbound message(Kind kind, int bytes) {
        return new Outbound(new byte[bytes], kind, null);
    }

    private static Outbound change(Object key) {
        return new Outbound(new byte[10], Kind.CHANGE, key);
    }

    @Test
    void acceptsAnswersOfAnySize() {
        assertThat(queue.offer(message(Kind.ESSENTIAL, 1000))).isTrue();
        assertThat(queue.offer(message(Kind.ESSENTIAL, 1000))).isTrue();
        assertThat(queue.bytes()).isEqualTo(2000);
        assertThat(queue.isOverLimit()).isTrue();
    }

    @Test
    void dropsProgressAndLogsOnlyOverTheLimit() {
        assertThat(queue.offer(message(Kind.PROGRESS, 60))).isTrue();
        assertThat(queue.offer(message(Kind.LOG, 40))).isTrue();
        assertThat(queue.offer(message(Kind.PROGRESS, 1))).isFalse();
        assertThat(queue.offer(message(Kind.LOG, 1))).isFalse();
        assertThat(queue.isOverLimit()).isFalse();
    }

    @Test
    void mergesEqualChangesOverTheLimit() {
        queue.offer(change("before"));
        queue.offer(message(Kind.ESSENTIAL, 100));
        assertThat(queue.offer(change("before"))).isFalse();
        assertThat(queue.offer(change("a"))).isTrue();
        assertThat(queue.offer(change("a"))).isFalse();
        assertThat(queue.offer(change("b"))).isTrue();
    }

    @Test
    void queuesAChangeAgainAfterItWasSent() {
        queue.offer(message(Kind.ESSENTIAL, 100));
        queue.offer(change("a"));
        queue.poll();
        queue.poll();
        assertThat(queue.offer(change("a"))).isTrue();
    }

    @Test
    void countsBytesUntilTheyAreWritten() {
        queue.offer(message(Kind.ESSENTIAL, 70));
        Outbound next = queue.poll();
        assertThat(queue.bytes()).isEqualTo(70);
        queue.written(next);
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void keepsTheOrder() {
        Outbound first = message(Kind.ESSENTIAL, 1);
        Outbound second = message(Kind.LOG, 1);
        queue.offer(first);
        queue.offer(second);
        assertThat(queue.poll()).isSameAs(first);
        assertThat(queue.poll()).isSameAs(second);
        assertThat(queue.poll()).isNull();
    }
}
