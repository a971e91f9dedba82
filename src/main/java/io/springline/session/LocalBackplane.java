package io.springline.session;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** The backplane of a single node. */
public final class LocalBackplane implements Backplane {

    private final List<BiConsumer<String, Topic>> subscribers = new CopyOnWriteArrayList<>();

    @Override
    public void publish(String endpoint, Topic topic) {
        subscribers.forEach(subscriber -> subscriber.accept(endpoint, topic));
    }

    @Override
    public void subscribe(BiConsumer<String, Topic> subscriber) {
        subscribers.add(subscriber);
    }
}
