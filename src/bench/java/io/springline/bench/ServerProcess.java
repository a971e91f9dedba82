package io.springline.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A running server, seen from outside: what the kernel and {@code jcmd} say of its process. */
final class ServerProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** USER_HZ, the same on all Linux systems of today. */
    private static final double TICKS = 100;

    private final Process process;
    private final int port;
    private final Path log;
    private final List<ServerProcess> needed = new ArrayList<>();

    private ServerProcess(Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
    }

    /** The command line of a server that listens on a port. */
    @FunctionalInterface
    interface Command {
        List<String> on(int port) throws IOException;
    }

    /** Starts a server with the options of this run; it is not ready yet. */
    static ServerProcess start(Server server) throws IOException {
        return start(server.name().toLowerCase(java.util.Locale.ROOT), server::command);
    }

    /**
     * Starts a JVM with the options of this run.
     *
     * @param command what follows them
     */
    static ServerProcess start(String name, Command command) throws IOException {
        var options = new ArrayList<>(List.of(Server.java("java").toString()));
        options.addAll(List.of(System.getProperty("bench.jvm", ServiceBench.JVM).split(" ")));
        if (Boolean.getBoolean("bench.jfr")) {
            Path recording = ServiceBench.OUTPUT.resolve(name + ".jfr");
            options.add("-XX:StartFlightRecording=settings=profile,filename=" + recording);
        }
        return launch(
                name,
                port -> {
                    var words = new ArrayList<>(options);
                    words.addAll(command.on(port));
                    return words;
                });
    }

    /** Starts any program. Its output goes to {@code target/bench/<name>.log}. */
    static ServerProcess launch(String name, Command command) throws IOException {
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Path log = ServiceBench.OUTPUT.resolve(name + ".log");
        Process process =
                Commands.builder(command.on(port))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        return new ServerProcess(process, port, log);
    }

    /** Waits for an HTTP answer below 500 on this path, or until it listens if that is empty. */
    ServerProcess awaitReady(String path) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!isReady(path)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                kill();
                throw new IOException("the server did not start, see " + log);
            }
            LockSupport.parkNanos(5_000_000);
        }
        return this;
    }

    private boolean isReady(String path) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
            if (path.isEmpty()) {
                return true;
            }
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(
                            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n"
                                    .formatted(path, port)
                                    .getBytes(StandardCharsets.US_ASCII));
            String status =
                    new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
            return status.length() == 12 && status.charAt(9) < '5';
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends another server when this one has ended. */
    ServerProcess with(ServerProcess upstream) {
        needed.add(upstream);
        return this;
    }

    int port() {
        return port;
    }

    /** User and system time of all threads since the start, in steps of 10 ms. */
    double cpuSeconds() throws IOException {
        String stat = Files.readString(proc("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
    }

    double rssMegabytes() throws IOException {
        for (String line : Files.readAllLines(proc("status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IOException("no VmRSS");
    }

    private Path proc(String file) {
        return Path.of("/proc", Long.toString(process.pid()), file);
    }

    /** The heap that is still in use after a full collection. */
    double liveHeapKilobytes() throws IOException {
        Process jcmd =
                new ProcessBuilder(
                                Server.java("jcmd").toString(),
                                Long.toString(process.pid()),
                                "GC.class_histogram")
                        .redirectErrorStream(true)
                        .start();
        String histogram =
                new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        String[] total = histogram.substring(histogram.lastIndexOf('\n') + 1).split(" +");
        if (total.length != 3 || !total[0].equals("Total")) {
            throw new IOException("no histogram: " + histogram);
        }
        return Long.parseLong(total[2]) / 1024.0;
    }

    /** Ends it at once, with what it has started. */
    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }

    /** Ends it in order. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(40, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        needed.forEach(ServerProcess::close);
    }
}
