package io.springline.session;

import io.springline.concurrent.StateLock;
import io.springline.mcp.Topic;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/** A backplane of a single node. */
public final class LocalBackplane implements Backplane {

    private final List<BiConsumer<String, Topic>> subscribers = new CopyOnWriteArrayList<>();
    private final Map<String, UnaryOperator<String>> answers = new ConcurrentHashMap<>();

    @Override
    public void publish(String endpoint, Topic topic) {
        publishHere(endpoint, topic);
    }

    @Override
    public void publishHere(String endpoint, Topic topic) {
        assert StateLock.noneHeld("publish");
        subscribers.forEach(subscriber -> subscriber.accept(endpoint, topic));
    }

    @Override
    public void subscribe(BiConsumer<String, Topic> subscriber) {
        subscribers.add(subscriber);
    }

    @Override
    public void answer(String question, UnaryOperator<String> answer) {
        answers.put(question, answer);
    }

    @Override
    public void remember(String set, String name) {}

    @Override
    public Set<String> remembered(String set) {
        return Set.of();
    }

    @Override
    public List<String> ask(String question, String body) {
        UnaryOperator<String> answer = answers.get(question);
        return answer == null ? List.of() : List.of(answer.apply(body));
    }
}
