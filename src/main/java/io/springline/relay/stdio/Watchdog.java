package io.springline.relay.stdio;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A helper shell that kills the child processes if this service is killed.
 *
 * <p>Its standard input is a pipe from this service. When the pipe closes, it kills all watched
 * targets. It also signals process groups, which Java cannot do. It is started with the first
 * target. Thread-safe.
 *
 * <p>A target has the syntax of the shell's {@code kill}: a process id, or a process group id with
 * a minus sign.
 */
final class Watchdog implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

    /**
     * The shortest lifetime after which a dead watchdog is replaced; if it died sooner, a new one
     * would die too.
     */
    private static final Duration LEAST_LIFE = Duration.ofSeconds(1);

    // signals from a terminal or an init system must not end it before this service
    private static final String SCRIPT =
            """
            trap '' INT TERM HUP QUIT PIPE
            watched=
            while read -r what target; do
              case $what in
                +) watched="$watched $target" ;;
                -) kept=
                   for one in $watched; do
                     [ "$one" = "$target" ] || kept="$kept $one"
                   done
                   watched=$kept ;;
                t) kill -TERM "$target" ;;
                k) kill -KILL "$target" ;;
              esac
            done
            for one in $watched; do
              kill -KILL "$one"
            done
            """;

    private final List<String> launch;
    private final Set<String> watched = new LinkedHashSet<>();
    private @Nullable Process process;
    private boolean closed;
    private boolean lossReported;

    /**
     * Creates a watchdog without starting the shell.
     *
     * @param setsid starts the shell in a session of its own, out of reach of signals to this
     *     service's group; null if missing
     */
    Watchdog(Path shell, @Nullable Path setsid) {
        var words = new ArrayList<String>();
        if (setsid != null) {
            words.add(setsid.toString());
        }
        words.addAll(List.of(shell.toString(), "-c", SCRIPT, "springline-watchdog"));
        this.launch = List.copyOf(words);
    }

    synchronized void watch(String target) {
        command("+", target);
        watched.add(target);
    }

    synchronized void forget(String target) {
        if (watched.remove(target)) {
            command("-", target);
        }
    }

    /** Sends SIGTERM to a target; returns false if there is no watchdog. */
    synchronized boolean terminate(String target) {
        return command("t", target);
    }

    /** Sends SIGKILL to a target; returns false if there is no watchdog. */
    synchronized boolean kill(String target) {
        return command("k", target);
    }

    private boolean command(String what, String target) {
        if (closed) {
            return false;
        }
        try {
            Process shell = process;
            if (shell == null || !shell.isAlive()) {
                shell = startLocked();
            }
            writeLocked(shell, what, target);
            return true;
        } catch (IOException e) {
            if (!lossReported) {
                lossReported = true;
                log.warn(
                        "The watchdog cannot be started ({}): upstream processes keep running if this service is killed",
                        e.getMessage());
            }
            return false;
        }
    }

    private Process startLocked() throws IOException {
        var builder =
                new ProcessBuilder(launch)
                        .directory(Path.of("/").toFile())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        Process shell = builder.start();
        process = shell;
        long started = System.nanoTime();
        var _ = shell.onExit().thenAccept(dead -> replace(dead, System.nanoTime() - started));
        for (String target : watched) {
            writeLocked(shell, "+", target);
        }
        return shell;
    }

    private static void writeLocked(Process shell, String what, String target) throws IOException {
        var line = (what + ' ' + target + '\n').getBytes(StandardCharsets.US_ASCII);
        shell.getOutputStream().write(line);
        shell.getOutputStream().flush();
    }

    private synchronized void replace(Process dead, long livedNanos) {
        if (closed || process != dead || watched.isEmpty()) {
            return;
        }
        log.warn("The watchdog over upstream processes ended with status {}", dead.exitValue());
        if (livedNanos >= LEAST_LIFE.toNanos()) {
            try {
                startLocked();
            } catch (IOException e) {
                log.warn("The watchdog cannot be started again: {}", e.getMessage());
            }
        }
    }

    /** Closes the pipe, so that the shell kills all watched targets. */
    @Override
    public synchronized void close() {
        closed = true;
        if (process != null) {
            try {
                process.getOutputStream().close();
            } catch (IOException e) {
                // it has exited already
            }
        }
    }
}
