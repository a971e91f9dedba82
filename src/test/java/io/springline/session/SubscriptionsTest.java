package io.springline.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.Topic;
import io.springline.mcp.Topic.PromptsChanged;
import io.springline.mcp.Topic.ResourceUpdated;
import io.springline.mcp.Topic.ResourcesChanged;
import io.springline.mcp.Topic.ToolsChanged;
import io.springline.session.Subscriptions.Listen;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SubscriptionsTest {

    private final Subscriptions subscriptions = new Subscriptions();

    @Test
    void deliversWhatWasAskedForInOrderOfOpening() {
        listen("a", new Listen(true, false, false, Set.of("note://1")));
        listen("b", new Listen(true, true, true, Set.of()));
        assertThat(delivered(new ToolsChanged())).containsExactly("a", "b");
        assertThat(delivered(new PromptsChanged())).containsExactly("b");
        assertThat(delivered(new ResourcesChanged())).containsExactly("b");
        assertThat(delivered(new ResourceUpdated("note://1"))).containsExactly("a");
        subscriptions.end(new RequestId.Text("a"));
        assertThat(delivered(new ToolsChanged())).containsExactly("b");
        subscriptions.clear();
        assertThat(delivered(new ToolsChanged())).isEmpty();
    }

    @Test
    void aResourceCoversWhatLiesBelowIt() {
        subscriptions.subscribe("note://a");
        subscriptions.subscribe("file:///dir/");
        assertThat(delivered(new ResourceUpdated("note://a"))).containsExactly("legacy");
        assertThat(delivered(new ResourceUpdated("note://a/b"))).containsExactly("legacy");
        assertThat(delivered(new ResourceUpdated("file:///dir/x"))).containsExactly("legacy");
        assertThat(delivered(new ResourceUpdated("note://ab"))).isEmpty();
        assertThat(delivered(new ResourceUpdated("note://"))).isEmpty();
        subscriptions.unsubscribe("note://a");
        subscriptions.unsubscribe("note://a");
        assertThat(delivered(new ResourceUpdated("note://a"))).isEmpty();
    }

    @Test
    void listChangesAreNoBusinessOfLegacySubscriptions() {
        subscriptions.subscribe("note://a");
        assertThat(delivered(new ResourcesChanged())).isEmpty();
    }

    @Test
    void noneIsOpenedBeyondTheLimit() {
        for (int i = 0; i <= Subscriptions.MAX_LISTENS; i++) {
            assertThat(
                            subscriptions.open(
                                    new RequestId.Number(i),
                                    new Listen(false, false, false, Set.of())))
                    .isEqualTo(i < Subscriptions.MAX_LISTENS);
        }
    }

    @Test
    void oneThatEndsBeforeItBeginsIsNotAcknowledged() {
        var id = new RequestId.Text("gone");
        subscriptions.open(id, new Listen(true, false, false, Set.of()));
        subscriptions.end(id);
        subscriptions.begin(id, () -> fail("acknowledged"));
    }

    @Test
    void urisOfBothErasCountTogether() {
        subscriptions.subscribe("one");
        subscriptions.subscribe("one");
        Set<String> rest =
                IntStream.range(1, Subscriptions.MAX_URIS)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.toSet());
        var filter = new Listen(false, false, false, rest);
        assertThat(subscriptions.open(new RequestId.Number(1), filter)).isTrue();
        assertThat(subscriptions.subscribe("one")).isTrue();
        assertThat(subscriptions.subscribe("another")).isFalse();
        subscriptions.end(new RequestId.Number(1));
        assertThat(subscriptions.subscribe("another")).isTrue();
    }

    @Test
    void nothingOvertakesAnAcknowledgement() throws Exception {
        for (int round = 0; round < 300; round++) {
            var own = new Subscriptions();
            List<String> wire = Collections.synchronizedList(new ArrayList<>());
            var go = new CountDownLatch(1);
            Thread publisher =
                    Thread.ofVirtual()
                            .start(() -> {
                                go.countDown();
                                for (int i = 0; i < 20; i++) {
                                    own.deliver(
                                            new ToolsChanged(), () -> {}, _ -> wire.add("event"));
                                }
                            });
            go.await();
            own.open(new RequestId.Number(1), new Listen(true, false, false, Set.of()));
            own.begin(new RequestId.Number(1), () -> wire.add("ack"));
            publisher.join();
            assertThat(wire.getFirst()).isEqualTo("ack");
        }
    }

    private void listen(String id, Listen filter) {
        assertThat(subscriptions.open(new RequestId.Text(id), filter)).isTrue();
        subscriptions.begin(new RequestId.Text(id), () -> {});
    }

    private List<String> delivered(Topic topic) {
        var delivered = new ArrayList<String>();
        subscriptions.deliver(
                topic,
                () -> delivered.add("legacy"),
                id -> delivered.add(((RequestId.Text) id).value()));
        return delivered;
    }
}
