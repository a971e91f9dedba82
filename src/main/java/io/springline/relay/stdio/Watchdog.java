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
 * A shell that outlives us by a moment: its standard input is a pipe from us, and when that ends,
 * however we died, it kills everything it watches. It also signals whole process groups for us,
 * which Java cannot. Started with the first thing to watch.
 *
 * <p>A target is what the shell's {@code kill} takes: a process id, or minus a group's id.
 */
final class Watchdog implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

    /**
     * A watchdog that dies sooner than this is not replaced: its successor would fare no better.
     */
    private static final Duration LEAST_LIFE = Duration.ofSeconds(1);

    // What a terminal or an init system sends to all of us must not end it before us.
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
     * @param setsid puts the shell out of reach of signals to our own group; null where missing
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
        tell("+", target);
        watched.add(target);
    }

    synchronized void forget(String target) {
        if (watched.remove(target)) {
            tell("-", target);
        }
    }

    /** Asks for SIGTERM; false when there is nobody to ask. */
    synchronized boolean terminate(String target) {
        return tell("t", target);
    }

    /** Asks for SIGKILL; false when there is nobody to ask. */
    synchronized boolean kill(String target) {
        return tell("k", target);
    }

    private boolean tell(String what, String target) {
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

    /** Whatever is still watched is killed. */
    @Override
    public synchronized void close() {
        closed = true;
        if (process != null) {
            try {
                process.getOutputStream().close();
            } catch (IOException e) {
                // it is gone already
            }
        }
    }
}
