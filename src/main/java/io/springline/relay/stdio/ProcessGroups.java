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
 * The child processes of all stdio upstreams.
 *
 * <p>Each child leads a process group of its own, which is ended as a whole; a {@link Watchdog}
 * does so if this service is killed. A process that leaves its group, as daemons do, is found only
 * while its ancestors live. Thread-safe.
 */
public final class ProcessGroups implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ProcessGroups.class);

    /**
     * The environment variables that a child inherits. The others may hold secrets. The list is
     * that of the official SDKs, with the variables for text and time added.
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
     * Shell script that delays the start of a child until it is watched, so that the child cannot
     * survive this service. {@code read} fails if this service ends first, and consumes only its
     * own line.
     */
    private static final String GATE = "read -r go && exec \"$@\"";

    private final @Nullable Path setsid;
    private final @Nullable Path shell;
    private final @Nullable Watchdog watchdog;
    private final Set<ProcessGroup> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    public ProcessGroups() {
        this(program("setsid"), program("/bin/sh"));
    }

    /**
     * Creates an instance without children.
     *
     * @param setsid null if missing: processes are then ended one by one
     * @param shell null if missing: children then survive a kill of this service
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
     * Starts a child.
     *
     * @throws IOException if the command is not found, or the process cannot be started
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
        // looked up here, because setsid and the shell would hide a missing command
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

    private static @Nullable Path program(String name) {
        return found(name, System.getenv("PATH"), null);
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
            // it has exited already; its exit status is reported by the transport
        }
    }

    /** Ends all groups, in parallel. Blocks until they have ended. */
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
