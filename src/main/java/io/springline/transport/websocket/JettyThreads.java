package io.springline.transport.websocket;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/**
 * A virtual thread for each request, and platform threads for selectors and acceptors, which run as
 * long as their connector. A selector on a virtual thread would need two other threads to wake it.
 */
final class JettyThreads extends VirtualThreadPool implements LifeCycle.Listener {

    private final ThreadFactory platform =
            Thread.ofPlatform().daemon().name("jetty-io-", 0).factory();

    /** The number of connectors that are starting: they execute selectors and acceptors. */
    private final AtomicInteger starting = new AtomicInteger();

    JettyThreads() {
        setName("jetty-");
    }

    @Override
    public void lifeCycleStarting(LifeCycle connector) {
        starting.incrementAndGet();
    }

    @Override
    public void lifeCycleStarted(LifeCycle connector) {
        starting.decrementAndGet();
    }

    @Override
    public void lifeCycleFailure(LifeCycle connector, Throwable cause) {
        starting.decrementAndGet();
    }

    @Override
    public void execute(Runnable task) {
        if (starting.get() > 0) {
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
