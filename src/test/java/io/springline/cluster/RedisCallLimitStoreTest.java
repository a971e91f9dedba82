package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import io.springline.toolcall.limit.CallLimitStore.Slots;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A Redis that answers when the test says so: no slot stays taken without a running call. */
class RedisCallLimitStoreTest {

    private static final List<Slots> SLOTS = List.of(new Slots("one", 1), new Slots("two", 2));

    /** Commands without an answer, oldest first. */
    private final List<CompletableFuture<Long>> asked = new ArrayList<>();

    /** The latest call that was to get or to keep a slot. */
    private @Nullable String call;

    /** Keys, and the call whose slot was released there. */
    private final List<String> released = new ArrayList<>();

    private boolean answersAtOnce;

    private final Keys keys = new Keys("test");

    private final RedisCallLimitStore store =
            new RedisCallLimitStore(redis(), keys, Duration.ofMillis(1), System::nanoTime);

    private Redis redis() {
        return (Redis)
                Proxy.newProxyInstance(
                        Redis.class.getClassLoader(),
                        new Class<?>[] {Redis.class},
                        (_, method, arguments) ->
                                switch (method.getName()) {
                                    case "run" -> asked((List<?>) arguments[2]);
                                    case "delist" -> {
                                        released.add(
                                                Bytes.text((byte[]) arguments[0])
                                                        + ' '
                                                        + arguments[1]);
                                        yield CompletableFuture.completedFuture(1L);
                                    }
                                    default ->
                                            throw new UnsupportedOperationException(
                                                    method.getName());
                                });
    }

    private CompletableFuture<Long> asked(List<?> arguments) {
        call = Bytes.text((byte[]) arguments.get(1));
        var answer = new CompletableFuture<Long>();
        asked.add(answer);
        return answersAtOnce ? CompletableFuture.completedFuture(1L) : answer;
    }

    /** Returns what releases the slots of a call. */
    private Runnable hold() throws InterruptedException {
        answersAtOnce = true;
        Runnable release = Objects.requireNonNull(store.hold(SLOTS));
        answersAtOnce = false;
        return release;
    }

    private void assertReleasedOnce() {
        assertThat(released)
                .containsExactly(
                        Bytes.text(keys.slots("one")) + ' ' + call,
                        Bytes.text(keys.slots("two")) + ' ' + call);
    }

    @Test
    void releasesSlotsThatItGetsAfterItHasCountedTheCallItself() throws Exception {
        Runnable release = store.hold(SLOTS);
        assertThat(release).as("counted here").isNotNull();
        assertThat(released).isEmpty();
        asked.getFirst().complete(1L);
        assertReleasedOnce();
        Objects.requireNonNull(release).run();
        assertReleasedOnce();
    }

    @Test
    void releasesSlotsThatItGetsForACallThatIsCancelled() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> store.hold(SLOTS)).isInstanceOf(InterruptedException.class);
        assertThat(released).isEmpty();
        asked.getFirst().complete(1L);
        assertReleasedOnce();
    }

    /** The connection may end after Redis has run the command, and before its answer is there. */
    @Test
    void releasesSlotsThatItMayHaveAfterAFailure() throws Exception {
        store.hold(SLOTS);
        asked.getFirst().completeExceptionally(new IOException("the connection is closed"));
        assertReleasedOnce();
    }

    @Test
    void doesNotRenewTheSlotsOfACallThatEndsMeanwhile() throws Exception {
        Runnable release = hold();
        store.renew();
        release.run();
        assertReleasedOnce();
        released.clear();
        asked.getLast().complete(1L);
        assertReleasedOnce();
    }

    @Test
    void keepsTheSlotsOfACallThatRuns() throws Exception {
        Runnable release = hold();
        store.renew();
        asked.getLast().complete(1L);
        assertThat(released).isEmpty();
        release.run();
        assertReleasedOnce();
    }
}
