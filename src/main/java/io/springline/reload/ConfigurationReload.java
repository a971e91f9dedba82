package io.springline.reload;

import io.springline.config.ConfigurationFaults;
import io.springline.config.RenamedProperties;
import io.springline.config.UnknownKeysCheck;
import io.springline.reload.Reloadable.Change;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Applies changed configuration files. A faulty version changes nothing. If a checked version
 * cannot be applied in full, it may only take access away. Thread-safe: reloads run one after the
 * other.
 */
public final class ConfigurationReload {

    private static final Logger log = LoggerFactory.getLogger(ConfigurationReload.class);

    /** Time that a preview waits for a running reload. */
    private static final Duration PREVIEW_WAIT = Duration.ofSeconds(1);

    /** A version of the files, and what it changes; without changes if it is faulty. */
    private record Examined(
            ReloadStatus status, ConfigurationVersion version, List<Change> changes) {}

    /** Properties of which a failed reload may have applied a part. */
    private record Unfinished(Set<String> properties, String fault) {}

    private final ConfigurableEnvironment running;
    private final ConfigurableListableBeanFactory beans;
    private final Supplier<List<Reloadable>> parts;
    private final RenamedProperties renamed;
    private final ReentrantLock turn = new ReentrantLock();
    private final ConfigurationVersion atStart;
    private volatile ConfigurationVersion applied;
    private volatile ReloadStatus last;
    private volatile @Nullable AppliedChange lastChange;
    private volatile Runnable beforeChange = () -> {};
    private volatile @Nullable Map<String, String> seen;
    private @Nullable Unfinished unfinished; // guarded by turn

    /**
     * @param running the environment with which the service was started, without old names
     * @param renamed for the old names in changed files
     */
    ConfigurationReload(
            ConfigurableEnvironment running,
            ConfigurableListableBeanFactory beans,
            Supplier<List<Reloadable>> parts,
            RenamedProperties renamed) {
        this.running = running;
        this.beans = beans;
        this.parts = parts;
        this.renamed = renamed;
        this.atStart = ConfigurationVersion.of(running, Set.of());
        this.applied = atStart;
        this.last = new ReloadStatus(applied.digest(), Set.of(), Set.of(), null);
    }

    /** Returns the result of the last reload. */
    public ReloadStatus last() {
        return last;
    }

    /** Returns the last reload that changed something; null if there was none. */
    public @Nullable AppliedChange lastChange() {
        return lastChange;
    }

    /** Sets what runs before a changed version is applied. It must not block. */
    public void beforeChange(Runnable listener) {
        beforeChange = listener;
    }

    /**
     * Returns what a reload would change now. Changes nothing. While a reload runs, which can take
     * long, returns the result of the last one.
     */
    public ReloadStatus preview() throws InterruptedException {
        if (!turn.tryLock(PREVIEW_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
            return last;
        }
        try {
            ReloadStatus found = examined(read()).status();
            String fault =
                    found.fault() == null && unfinished != null
                            ? unfinished.fault()
                            : found.fault();
            return new ReloadStatus(applied.digest(), found.changed(), found.needsRestart(), fault);
        } finally {
            turn.unlock();
        }
    }

    /**
     * Reads the files, and applies what has changed. If a part fails, the parts after it are not
     * applied, and the next reload applies all of them again.
     */
    public ReloadStatus reload() {
        turn.lock();
        try {
            return reload(read());
        } finally {
            turn.unlock();
        }
    }

    /** Applies what was read. Called under {@link #turn}. */
    private ReloadStatus reload(Read read) {
        Examined examined = examined(read);
        ReloadStatus found = examined.status();
        if (!examined.changes().isEmpty() && unfinished == null) {
            beforeChange.run();
        }
        RuntimeException failure = apply(examined.changes());
        if (failure != null) {
            String fault =
                    "a part of the changed configuration could not be applied, so tokens and rules give no more access than before (%s; the log has details). It is tried again at each reload; if it stays, restart the service"
                            .formatted(failure.getClass().getSimpleName());
            unfinished = new Unfinished(found.changed(), fault);
            found = new ReloadStatus(applied.digest(), Set.of(), found.needsRestart(), fault);
        } else if (found.fault() == null) {
            if (!found.changed().isEmpty()) {
                lastChange = examined.version().changeFrom(applied, found.changed());
            }
            examined.version().renamed().forEach(log::warn);
            applied = examined.version();
            unfinished = null;
        }
        boolean isNews = !found.equals(last);
        last = found;
        if (found.fault() != null && isNews) {
            log.error("The changed configuration is not applied: {}", found.fault(), failure);
        } else if (isNews && !found.changed().isEmpty()) {
            log.info("Configuration {} is applied: {}", found.version(), found.changed());
        }
        if (isNews && !found.needsRestart().isEmpty()) {
            log.warn("These changes need a restart: {}", found.needsRestart());
        }
        return found;
    }

    /** Reads the files, and applies what has changed, if anything has. */
    public void reloadIfChanged() {
        turn.lock();
        try {
            Read found = read();
            if (!found.values().equals(applied.values()) || last.fault() != null) {
                reload(found);
            }
        } finally {
            turn.unlock();
        }
    }

    /**
     * Reads the files, and applies what has changed if two reads in a row find the same, so that a
     * file that is being written is not applied.
     *
     * @return true if the files have changed since the last read. The caller then soon calls again
     */
    boolean reloadIfSettled() {
        turn.lock();
        try {
            Read found = read();
            boolean isNew = !found.values().equals(applied.values());
            if (isNew && !found.values().equals(seen)) {
                seen = found.values();
                return true;
            }
            seen = null;
            if (isNew || last.fault() != null) {
                reload(found);
            }
            return false;
        } finally {
            turn.unlock();
        }
    }

    /**
     * What the files held when they were read.
     *
     * @param values the properties; the fault, if a file cannot be read
     * @param version throws the fault
     */
    private record Read(Map<String, String> values, Supplier<ConfigurationVersion> version) {}

    private Read read() {
        try {
            ConfigurationVersion version = ConfigurationVersion.read(running, renamed);
            return new Read(version.values(), () -> version);
        } catch (RuntimeException e) {
            return new Read(
                    Map.of("fault", ConfigurationFaults.describe(e)),
                    () -> {
                        throw e;
                    });
        }
    }

    /**
     * Runs all withdrawals, even if one fails, and then applies the changes until one fails.
     *
     * @return the failure; null if everything is applied
     */
    private static @Nullable RuntimeException apply(List<Change> changes) {
        RuntimeException failure = null;
        for (Change each : changes) {
            try {
                each.withdraw();
            } catch (RuntimeException e) {
                failure = e;
            }
        }
        if (failure != null) {
            return failure;
        }
        try {
            changes.forEach(Change::apply);
            return null;
        } catch (RuntimeException e) {
            return e;
        }
    }

    private Examined examined(Read read) {
        try {
            ConfigurationVersion next = read.version().get();
            new UnknownKeysCheck(next.environment()).checkFiles(beans);
            Set<String> differing = next.changesFrom(applied);
            if (unfinished != null) {
                differing.addAll(unfinished.properties());
            }
            var changed = new TreeSet<String>();
            var restart = new TreeSet<>(next.changesFrom(atStart));
            var prepared = new ArrayList<Change>();
            for (Reloadable part : parts.get()) {
                restart.removeIf(name -> owns(part, name));
                var own = new TreeSet<>(differing);
                own.removeIf(name -> !owns(part, name));
                if (!own.isEmpty()) {
                    changed.addAll(own);
                    prepared.add(part.prepare(next.environment()));
                }
            }
            return new Examined(
                    new ReloadStatus(next.digest(), changed, restart, null), next, prepared);
        } catch (RuntimeException e) {
            return new Examined(
                    new ReloadStatus(
                            applied.digest(), Set.of(), Set.of(), ConfigurationFaults.describe(e)),
                    applied,
                    List.of());
        }
    }

    private static boolean owns(Reloadable part, String name) {
        String property = uniform(name) + '.';
        return part.prefixes().stream()
                .map(ConfigurationReload::uniform)
                .anyMatch(prefix ->
                        property.startsWith(prefix + '.') || property.startsWith(prefix + '['));
    }

    /** Returns the name without the differences of relaxed binding. */
    private static String uniform(String name) {
        return name.replace("-", "").toLowerCase(Locale.ROOT);
    }
}
