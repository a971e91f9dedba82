package io.springline.cluster.node;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import io.springline.mcp.Topic;
import io.springline.mcp.Topic.PromptsChanged;
import io.springline.mcp.Topic.ResourceUpdated;
import io.springline.mcp.Topic.ResourcesChanged;
import io.springline.mcp.Topic.TaskChanged;
import io.springline.mcp.Topic.ToolsChanged;
import io.springline.session.Backplane;
import io.springline.session.LocalBackplane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A backplane of many nodes. Subscribers of this node are called directly, and those of other nodes
 * by Redis' publish and subscribe; what Redis sends back to the publishing node is ignored. What is
 * published while Redis is unreachable never reaches the other nodes.
 */
public final class RedisBackplane implements Backplane {

    private static final Logger log = LoggerFactory.getLogger(RedisBackplane.class);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final LocalBackplane here;
    private final Redis redis;
    private final Keys keys;
    private final NodeMessenger messenger;
    private final ClusterMembership membership;
    private final String node;
    private final Map<String, BlockingQueue<String>> asked = new ConcurrentHashMap<>();

    public RedisBackplane(
            Redis redis, Keys keys, NodeMessenger messenger, ClusterMembership membership) {
        this.here = new LocalBackplane();
        this.redis = redis;
        this.keys = keys;
        this.messenger = messenger;
        this.membership = membership;
        this.node = membership.node();
        messenger.on("topic", this::heard);
        messenger.on("question", this::answer);
        messenger.on(
                "answer",
                (question, body) -> {
                    BlockingQueue<String> waiting = asked.get(question);
                    if (waiting != null) {
                        waiting.add(Bytes.text(body));
                    }
                });
    }

    @Override
    public void publish(String endpoint, Topic topic) {
        here.publish(endpoint, topic);
        if (!membership.isAway()) {
            ObjectNode json = Bytes.JSON.createObjectNode().put("endpoint", endpoint);
            switch (topic) {
                case ToolsChanged() -> json.put("topic", "tools");
                case PromptsChanged() -> json.put("topic", "prompts");
                case ResourcesChanged() -> json.put("topic", "resources");
                case ResourceUpdated(var uri) -> json.put("topic", "resource").put("uri", uri);
                case TaskChanged(var principal, var id) ->
                        json.put("topic", "task").put("principal", principal).put("id", id);
            }
            messenger.sendToAll("topic", node, Bytes.JSON.writeValueAsBytes(json));
        }
    }

    @Override
    public void publishHere(String endpoint, Topic topic) {
        here.publishHere(endpoint, topic);
    }

    private void heard(String from, byte[] body) {
        if (from.equals(node)) {
            return;
        }
        JsonNode json = Bytes.JSON.readTree(body);
        Topic topic = topic(json);
        if (topic != null) {
            here.publish(json.path("endpoint").asString(""), topic);
        }
    }

    private static @Nullable Topic topic(JsonNode json) {
        return switch (json.path("topic").asString("")) {
            case "tools" -> new ToolsChanged();
            case "prompts" -> new PromptsChanged();
            case "resources" -> new ResourcesChanged();
            case "resource" -> new ResourceUpdated(json.path("uri").asString(""));
            case "task" ->
                    new TaskChanged(
                            json.path("principal").asString(""), json.path("id").asString(""));
            default -> null;
        };
    }

    @Override
    public void subscribe(BiConsumer<String, Topic> subscriber) {
        here.subscribe(subscriber);
    }

    @Override
    public void answer(String question, UnaryOperator<String> answer) {
        here.answer(question, answer);
    }

    /**
     * Answers a question of another node.
     *
     * @param subject the asking node, the id of the question, and its name
     */
    private void answer(String subject, byte[] body) {
        String[] asker = subject.split(" ", 3);
        if (asker.length == 3 && !asker[0].equals(node)) {
            for (String answer : here.ask(asker[2], Bytes.text(body))) {
                messenger.send(asker[0], "answer", asker[1], Bytes.of(answer));
            }
        }
    }

    @Override
    public List<String> ask(String question, String body) throws InterruptedException {
        var answers = new ArrayList<>(here.ask(question, body));
        int nodes = nodes();
        if (nodes <= 1) {
            return answers;
        }
        String id = UUID.randomUUID().toString();
        var waiting = new LinkedBlockingQueue<String>();
        asked.put(id, waiting);
        try {
            messenger.sendToAll(
                    "question", "%s %s %s".formatted(node, id, question), Bytes.of(body));
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (answers.size() < nodes) {
                String answer = waiting.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (answer == null) {
                    log.debug("{} of {} nodes answered", answers.size(), nodes);
                    break;
                }
                answers.add(answer);
            }
            return answers;
        } finally {
            asked.remove(id);
        }
    }

    @Override
    public void remember(String set, String name) throws InterruptedException {
        await(redis.addMember(keys.set(set), name));
    }

    @Override
    public @Nullable Set<String> remembered(String set) throws InterruptedException {
        return await(redis.members(keys.set(set)));
    }

    /** Waits up to a second for the answer to a command. Returns null if none comes. */
    static <T> @Nullable T await(CompletionStage<T> command) throws InterruptedException {
        try {
            return command.toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.debug("no answer from Redis: {}", e.toString());
            return null;
        }
    }

    private int nodes() throws InterruptedException {
        try {
            return membership.nodes();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            membership.away(e.toString());
            return 1;
        }
    }
}
