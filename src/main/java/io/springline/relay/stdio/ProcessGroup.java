package io.springline.relay.stdio;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A child process with its descendants.
 *
 * <p>They end together: the child is often a launcher whose own child is the server. Thread-safe.
 */
final class ProcessGroup {

    /** The time for a child to exit after its standard input is closed, and again after SIGTERM. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final Duration POLL = Duration.ofMillis(10);

    private final Process leader;
    private final String target;
    private final @Nullable Watchdog watchdog;
    private final Runnable onGone;

    /**
     * Creates the handle of a running child.
     *
     * @param target the process group, or the child alone, in the syntax of {@link Watchdog}
     * @param onGone called after the end, possibly more than once
     */
    ProcessGroup(Process leader, String target, @Nullable Watchdog watchdog, Runnable onGone) {
        this.leader = leader;
        this.target = target;
        this.watchdog = watchdog;
        this.onGone = onGone;
    }

    Process leader() {
        return leader;
    }

    /**
     * Ends the group: closes standard input, then sends SIGTERM, then SIGKILL. Blocks for about two
     * times the timeout of 2 s at most.
     */
    void end() {
        List<ProcessHandle> known = known();
        // close() blocks while a write is stuck in a full pipe, until the child is dead
        Thread.ofPlatform().daemon().name("stdin-close").start(this::closeStdin);
        if (!gone(List.of(leader.toHandle())) || known.stream().anyMatch(ProcessGroup::lives)) {
            terminate(known);
            gone(known);
        }
        kill(known);
    }

    /** Kills the group at once. */
    void kill() {
        kill(known());
    }

    private void kill(List<ProcessHandle> known) {
        if (watchdog != null) {
            watchdog.kill(target);
        }
        // also processes that left the group, and all of them if there is no watchdog
        Stream.concat(known.stream(), leader.descendants()).forEach(ProcessHandle::destroyForcibly);
        leader.destroyForcibly();
        try {
            leader.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (watchdog != null) {
            watchdog.forget(target);
        }
        onGone.run();
    }

    private void terminate(List<ProcessHandle> known) {
        if (watchdog == null || !watchdog.terminate(target)) {
            known.forEach(ProcessHandle::destroy);
        }
    }

    /** Returns the child and its descendants that are still found. */
    private List<ProcessHandle> known() {
        return Stream.concat(Stream.of(leader.toHandle()), leader.descendants()).toList();
    }

    private static boolean gone(List<ProcessHandle> processes) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (processes.stream().anyMatch(ProcessGroup::lives)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    /** Returns true if the process runs. A zombie does not: it has no command. */
    private static boolean lives(ProcessHandle process) {
        return process.isAlive() && process.info().command().isPresent();
    }

    private void closeStdin() {
        try {
            leader.getOutputStream().close();
        } catch (IOException e) {
            // the child has closed its end
        }
    }
}
