package io.springline.session;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The backplane of a single node. */
public final class LocalBackplane implements Backplane {

    private final List<Consumer<Topic>> subscribers = new CopyOnWriteArrayList<>();

    @Override
    public void publish(Topic topic) {
        subscribers.forEach(subscriber -> subscriber.accept(topic));
    }

    @Override
    public void subscribe(Consumer<Topic> subscriber) {
        subscribers.add(subscriber);
    }
}
