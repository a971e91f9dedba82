package io.springline.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.mcp.Topic;
import io.springline.mcp.Topic.PromptsChanged;
import io.springline.mcp.Topic.ResourceUpdated;
import io.springline.mcp.Topic.ResourcesChanged;
import io.springline.mcp.Topic.ToolsChanged;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What every backplane keeps to, of one node or of many. */
public abstract class BackplaneContract {

    private record Heard(String endpoint, Topic topic) {}

    /** As many nodes as there are, all of them ready; at least one. */
    protected abstract List<Backplane> nodes();

    private static Queue<Heard> listen(Backplane node) {
        var heard = new ConcurrentLinkedQueue<Heard>();
        node.subscribe((endpoint, topic) -> heard.add(new Heard(endpoint, topic)));
        return heard;
    }

    @Test
    void whatOneNodePublishesEachHearsOnceAndInOrder() {
        List<Backplane> nodes = nodes();
        List<Queue<Heard>> heard = nodes.stream().map(BackplaneContract::listen).toList();
        var published =
                List.of(
                        new Heard("", new ToolsChanged()),
                        new Heard("files", new PromptsChanged()),
                        new Heard("", new ResourcesChanged()),
                        new Heard("", new ResourceUpdated("file:///ä b\n")));
        published.forEach(each -> nodes.getFirst().publish(each.endpoint(), each.topic()));
        nodes.getLast().publish("last", new ToolsChanged());
        for (Queue<Heard> each : heard) {
            Awaitility.await()
                    .until(() ->
                            each.contains(new Heard("last", new ToolsChanged()))
                                    && each.size() >= 5);
            assertThat(each).hasSize(5);
            assertThat(each.stream().filter(one -> !one.endpoint().equals("last")))
                    .containsExactlyElementsOf(published);
        }
    }

    @Test
    void eachNodeAnswersAQuestion() throws Exception {
        List<Backplane> nodes = nodes();
        IntStream.range(0, nodes.size())
                .forEach(i -> nodes.get(i).answer("who", body -> body + " " + i));
        assertThat(nodes.getLast().ask("who", "node\nü"))
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, nodes.size()).mapToObj(i -> "node\nü " + i).toList());
        assertThat(nodes.getFirst().ask("nobody knows", "")).isEmpty();
    }
}
