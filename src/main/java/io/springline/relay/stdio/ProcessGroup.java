package io.springline.relay.stdio;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One child process and all that it started. Ended as a whole: the leader of a group is often a
 * launcher whose own child is the server. Safe for use by many threads.
 */
final class ProcessGroup {

    /** How long a child may take to end on its own, and again to heed SIGTERM. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final Duration POLL = Duration.ofMillis(10);

    private final Process leader;
    private final String target;
    private final @Nullable Watchdog watchdog;
    private final Runnable onGone;

    /**
     * @param target the group, or the leader alone, as {@link Watchdog} takes it
     * @param onGone told once nothing more is to be ended, possibly more than once
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

    /** Asks first and kills last; blocks for at most a little more than twice the patience. */
    void end() {
        List<ProcessHandle> known = known();
        // Closing waits for a write that may be stuck in a full pipe until the child is dead.
        Thread.ofPlatform().daemon().name("stdin-close").start(this::closeStdin);
        if (!gone(List.of(leader.toHandle())) || known.stream().anyMatch(ProcessGroup::lives)) {
            terminate(known);
            gone(known);
        }
        kill(known);
    }

    /** Kills at once. */
    void kill() {
        kill(known());
    }

    private void kill(List<ProcessHandle> known) {
        if (watchdog != null) {
            watchdog.kill(target);
        }
        // Also those that left the group, and all of them where nobody signals groups for us.
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

    /** The leader and its offspring, as far as they can still be traced. */
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

    /** Not so a zombie, which nobody may ever collect: it runs no command any more. */
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
