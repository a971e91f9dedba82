package io.springline.transport.websocket;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/**
 * A virtual thread for each request, and platform threads for selectors and acceptors, which run as
 * long as their connector. A selector on a virtual thread would need two other threads to wake it.
 */
final class JettyThreads extends VirtualThreadPool implements LifeCycle.Listener {

    private final ThreadFactory platform =
            Thread.ofPlatform().daemon().name("jetty-io-", 0).factory();

    /** The connectors that are starting: they execute selectors and acceptors. */
    private final Set<LifeCycle> starting = ConcurrentHashMap.newKeySet();

    JettyThreads() {
        setName("jetty-");
    }

    @Override
    public void lifeCycleStarting(LifeCycle connector) {
        starting.add(connector);
    }

    @Override
    public void lifeCycleStarted(LifeCycle connector) {
        starting.remove(connector);
    }

    @Override
    public void lifeCycleFailure(LifeCycle connector, Throwable cause) {
        starting.remove(connector);
    }

    @Override
    public void execute(Runnable task) {
        if (!starting.isEmpty()) {
            platform.newThread(task).start();
        } else {
            super.execute(task);
        }
    }

    /** Refuses, so that selectors stay on their threads: Jetty lets another one select instead. */
    @Override
    public boolean tryExecute(Runnable task) {
        return false;
    }
}
