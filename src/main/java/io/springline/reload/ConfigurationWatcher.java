package io.springline.reload;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Reads the configuration files at an interval, and reloads when they have changed. By content, so
 * that it does not matter how a file is replaced: Kubernetes replaces a symbolic link.
 */
final class ConfigurationWatcher implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ConfigurationWatcher.class);

    /** Time after which a changed file is read again, to find out whether it is complete. */
    private static final Duration SETTLED = Duration.ofSeconds(1);

    private final ConfigurationReload reload;
    private final Duration interval;
    private final Duration settled;
    private volatile @Nullable Thread thread;

    ConfigurationWatcher(ConfigurationReload reload, Duration interval) {
        this.reload = reload;
        this.interval = interval;
        this.settled = interval.compareTo(SETTLED) < 0 ? interval : SETTLED;
    }

    @Override
    public void start() {
        thread = Thread.ofVirtual().name("configuration-watcher").start(this::watch);
    }

    private void watch() {
        try {
            boolean unsettled = false;
            while (true) {
                Thread.sleep(unsettled ? settled : interval);
                unsettled = false;
                try {
                    unsettled = reload.reloadIfSettled();
                } catch (RuntimeException e) {
                    log.error("The configuration files could not be compared", e);
                }
            }
        } catch (InterruptedException e) {
            log.debug("The configuration is not watched any more");
        }
    }

    @Override
    public void stop() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
            thread = null;
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }
}
