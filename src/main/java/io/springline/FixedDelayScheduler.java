package io.springline;

import io.springline.concurrent.FixedDelay;
import java.lang.reflect.Method;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.ReflectionUtils;

/**
 * Runs the methods of Springline's beans that are annotated with {@link FixedDelay}, all on one
 * thread. Starts before and stops after all other beans, because connections still need their
 * keep-alive while they are drained.
 */
public final class FixedDelayScheduler implements BeanPostProcessor, SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(FixedDelayScheduler.class);
    private static final String OURS = FixedDelayScheduler.class.getPackageName() + '.';

    private final ScheduledThreadPoolExecutor executor =
            new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().name("springline-scheduler").daemon().factory());
    private volatile boolean running;

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        Class<?> type = AopUtils.getTargetClass(bean);
        if (type.getName().startsWith(OURS)) {
            ReflectionUtils.doWithMethods(type, method -> schedule(bean, method));
        }
        return bean;
    }

    private void schedule(Object bean, Method method) {
        FixedDelay delay = method.getAnnotation(FixedDelay.class);
        if (delay != null) {
            method.setAccessible(true);
            executor.scheduleWithFixedDelay(
                    () -> run(bean, method), delay.millis(), delay.millis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Continues after a failure, as a sweep that ends would end for all connections. */
    private void run(Object bean, Method method) {
        if (running) {
            try {
                ReflectionUtils.invokeMethod(method, bean);
            } catch (Throwable e) {
                log.error("{} failed, and runs again", method, e);
            }
        }
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        executor.shutdownNow();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** A stopped executor cannot start again, so a paused context keeps it. */
    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return Integer.MIN_VALUE;
    }
}
