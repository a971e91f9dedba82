package io.springline.reload;

import io.springline.config.ConfigurationFaults;
import io.springline.config.UnknownKeysCheck;
import io.springline.reload.Reloadable.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Applies changed configuration files. A faulty version changes nothing. Thread-safe: reloads run
 * one after the other.
 */
public final class ConfigurationReload {

    private static final Logger log = LoggerFactory.getLogger(ConfigurationReload.class);

    private final ConfigurableEnvironment running;
    private final ConfigurableListableBeanFactory beans;
    private final Supplier<List<Reloadable>> parts;
    private final ReentrantLock turn = new ReentrantLock();
    private final ConfigurationVersion atStart;
    private volatile ConfigurationVersion applied;
    private volatile ReloadStatus last;

    /**
     * @param running the environment with which the service was started
     */
    ConfigurationReload(
            ConfigurableEnvironment running,
            ConfigurableListableBeanFactory beans,
            Supplier<List<Reloadable>> parts) {
        this.running = running;
        this.beans = beans;
        this.parts = parts;
        this.atStart = ConfigurationVersion.of(running);
        this.applied = atStart;
        this.last = new ReloadStatus(applied.digest(), Set.of(), Set.of(), null);
    }

    /** Returns the result of the last reload. */
    public ReloadStatus last() {
        return last;
    }

    /** Returns what a reload would change now. Changes nothing. */
    public ReloadStatus preview() {
        turn.lock();
        try {
            return examined(null);
        } finally {
            turn.unlock();
        }
    }

    /** Reads the files, and applies what has changed. */
    public ReloadStatus reload() {
        turn.lock();
        try {
            var changes = new ArrayList<Change>();
            ReloadStatus found = examined(changes);
            changes.forEach(each -> run(each::withdraw));
            changes.forEach(each -> run(each::apply));
            boolean isNews = !found.equals(last);
            last = found;
            if (found.fault() != null && isNews) {
                log.error("The changed configuration is not applied: {}", found.fault());
            } else if (isNews && !found.changed().isEmpty()) {
                log.info("Configuration {} is applied: {}", found.version(), found.changed());
            }
            if (isNews && !found.needsRestart().isEmpty()) {
                log.warn("These changes need a restart: {}", found.needsRestart());
            }
            return found;
        } finally {
            turn.unlock();
        }
    }

    /** Reads the files, and applies what has changed, if anything has. */
    public void reloadIfChanged() {
        if (hasChanged() || last.fault() != null) {
            reload();
        }
    }

    /** Runs one step. If it fails, the others still run: they may withdraw a token. */
    private static void run(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            log.error("A part of the changed configuration is not applied. Restart the service", e);
        }
    }

    /** Returns whether the files differ from what is applied, or cannot be read. */
    private boolean hasChanged() {
        try {
            return !ConfigurationVersion.read(running).values().equals(applied.values());
        } catch (RuntimeException e) {
            return true;
        }
    }

    /**
     * @param changes receives what applies the changes; null to change nothing
     */
    private ReloadStatus examined(@Nullable List<Change> changes) {
        ConfigurationVersion before = applied;
        try {
            ConfigurationVersion next = ConfigurationVersion.read(running);
            new UnknownKeysCheck(next.environment()).postProcessBeanFactory(beans);
            var changed = new TreeSet<String>();
            var restart = new TreeSet<>(next.changesFrom(atStart));
            var prepared = new ArrayList<Change>();
            for (Reloadable part : parts.get()) {
                restart.removeIf(name -> owns(part, name));
                Set<String> own = next.changesFrom(before);
                own.removeIf(name -> !owns(part, name));
                if (!own.isEmpty()) {
                    changed.addAll(own);
                    prepared.add(part.prepare(next.environment()));
                }
            }
            if (changes != null) {
                changes.addAll(prepared);
                applied = next;
            }
            return new ReloadStatus(
                    changes == null ? before.digest() : next.digest(), changed, restart, null);
        } catch (RuntimeException e) {
            return new ReloadStatus(
                    before.digest(), Set.of(), Set.of(), ConfigurationFaults.describe(e));
        }
    }

    private static boolean owns(Reloadable part, String name) {
        return part.prefixes().stream()
                .map(ConfigurationReload::uniform)
                .anyMatch(prefix ->
                        (uniform(name) + '.').matches(Pattern.quote(prefix) + "[.\\[].*"));
    }

    /** Returns the name without the differences of relaxed binding. */
    private static String uniform(String name) {
        return name.replace("-", "").toLowerCase(Locale.ROOT);
    }
}
