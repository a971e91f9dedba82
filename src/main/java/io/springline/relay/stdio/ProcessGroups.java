package io.springline.relay.stdio;

import io.springline.relay.config.StdioCommand;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts child processes so that none outlives us: each leads a process group of its own, which is
 * ended as a whole, and a {@link Watchdog} does so should we die without notice. A process that
 * leaves its group, as a daemon does, is found only while its ancestors live. Safe for use by many
 * threads.
 */
public final class ProcessGroups implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ProcessGroups.class);

    /**
     * All that a child sees of our environment: the rest of it holds secrets of ours. The same
     * choice as the official SDKs make, and what text and time look like.
     */
    private static final Set<String> INHERITED =
            Set.of(
                    "HOME",
                    "LOGNAME",
                    "PATH",
                    "SHELL",
                    "TERM",
                    "USER",
                    "LANG",
                    "LC_ALL",
                    "LC_CTYPE",
                    "TZ",
                    "TMPDIR");

    /**
     * Holds a child back until it is watched, so that there is no moment in which our death would
     * leave it behind: {@code read} fails when we are gone, and takes no more than its line.
     */
    private static final String GATE = "read -r go && exec \"$@\"";

    private final @Nullable Path setsid;
    private final @Nullable Path shell;
    private final @Nullable Watchdog watchdog;
    private final Set<ProcessGroup> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    public ProcessGroups() {
        this(found("setsid", System.getenv("PATH"), null), found("/bin/sh", null, null));
    }

    /**
     * @param setsid null where missing: children are ended one by one
     * @param shell null where missing: children survive when we are killed
     */
    public ProcessGroups(@Nullable Path setsid, @Nullable Path shell) {
        this.setsid = setsid;
        this.shell = shell;
        this.watchdog = shell == null ? null : new Watchdog(shell, setsid);
        if (setsid == null) {
            log.warn(
                    "setsid is not on the PATH: programs that an upstream starts may keep running after it has ended");
        }
        if (shell == null) {
            log.warn(
                    "/bin/sh is missing: upstream processes keep running if this service is killed");
        }
    }

    /**
     * @throws IOException when there is no such command, or no more processes can be started
     */
    ProcessGroup start(StdioCommand command) throws IOException {
        if (closed) {
            throw new IOException("cannot start '%s': shutting down".formatted(command.command()));
        }
        Process leader = builder(command).start();
        String target = setsid == null ? Long.toString(leader.pid()) : "-" + leader.pid();
        var self = new ProcessGroup[1];
        var group = new ProcessGroup(leader, target, watchdog, () -> running.remove(self[0]));
        self[0] = group;
        running.add(group);
        if (watchdog != null) {
            watchdog.watch(target);
            openGate(leader);
        }
        if (closed) {
            group.kill();
            throw new IOException("cannot start '%s': shutting down".formatted(command.command()));
        }
        return group;
    }

    private ProcessBuilder builder(StdioCommand command) throws IOException {
        var builder = new ProcessBuilder();
        if (command.cwd() != null) {
            if (!Files.isDirectory(command.cwd())) {
                throw new IOException(
                        "cannot start '%s': no directory %s"
                                .formatted(command.command(), command.cwd()));
            }
            builder.directory(command.cwd().toFile());
        }
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(INHERITED);
        environment.putAll(command.env());
        var words = new ArrayList<String>();
        if (setsid != null) {
            words.add(setsid.toString());
        }
        if (shell != null) {
            words.addAll(List.of(shell.toString(), "-c", GATE, "springline"));
        }
        // Behind these two it would be too late to learn that there is no such command.
        words.add(located(command, environment.get("PATH")));
        words.addAll(command.args());
        return builder.command(words);
    }

    private static String located(StdioCommand command, @Nullable String searchPath)
            throws IOException {
        Path file = found(command.command(), searchPath, command.cwd());
        if (file == null) {
            boolean named = command.command().indexOf(File.separatorChar) < 0;
            throw new IOException(
                    "cannot start '%s': %s"
                            .formatted(
                                    command.command(),
                                    named ? "not found on PATH" : "no such executable file"));
        }
        return file.toString();
    }

    private static @Nullable Path found(
            String command, @Nullable String searchPath, @Nullable Path cwd) {
        Path here = (cwd == null ? Path.of("") : cwd).toAbsolutePath();
        if (command.indexOf(File.separatorChar) >= 0) {
            Path file = here.resolve(command);
            return executable(file) ? file : null;
        }
        for (String directory : (searchPath == null ? "" : searchPath).split(File.pathSeparator)) {
            Path file = here.resolve(directory).resolve(command);
            if (!directory.isEmpty() && executable(file)) {
                return file;
            }
        }
        return null;
    }

    private static boolean executable(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }

    private static void openGate(Process leader) {
        try {
            leader.getOutputStream().write('\n');
            leader.getOutputStream().flush();
        } catch (IOException e) {
            // it ended before it began; whoever waits for it will see how
        }
    }

    /** Ends all groups, side by side. */
    @Override
    public void close() {
        closed = true;
        var ends = running.stream().map(group -> Thread.startVirtualThread(group::end)).toList();
        try {
            for (Thread end : ends) {
                end.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (watchdog != null) {
            watchdog.close();
        }
    }
}
