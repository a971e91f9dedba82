package io.springline.bench;

import io.springline.bench.Way.Dialect;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/** The open loop of {@link LoadClient}, over the pipes of the stdio server itself. */
final class StdioLoad {

    /** A new process of Node has compiled its code by then. */
    private static final Duration WARM_UP = Duration.ofSeconds(2);

    private static final int ID_LENGTH = Integer.toString(Frames.FIRST_ID).length();

    private StdioLoad() {}

    static Sample run(Duration time) throws IOException, InterruptedException {
        Process server =
                Commands.builder(List.of("node", RelayWay.script()))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        int seconds = (int) WARM_UP.plus(time).toSeconds() + 1;
        var sentAt = new AtomicLongArray(seconds * CallBench.OPEN_RATE);
        long counted = System.nanoTime() + WARM_UP.toNanos();
        long end = counted + time.toNanos();
        Thread sender =
                Thread.ofPlatform()
                        .name("stdio-sender")
                        .start(() -> send(server.getOutputStream(), sentAt, end));
        var nanos = new long[sentAt.length()];
        int calls = 0;
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
            // ends when the sender has closed the server's input
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                long now = System.nanoTime();
                long sent = sentAt.getAcquire(number(line));
                if (sent >= counted) {
                    nanos[calls++] = now - sent;
                }
            }
        } finally {
            server.destroyForcibly();
            sender.join();
        }
        long[] sorted = Arrays.copyOf(nanos, calls);
        Arrays.sort(sorted);
        return new Sample(sorted, time.toNanos() / 1e9, Double.NaN, 0);
    }

    private static void send(OutputStream to, AtomicLongArray sentAt, long end) {
        String call = Dialect.LEGACY.call("echo") + "\n";
        int idAt = call.indexOf(Integer.toString(Frames.FIRST_ID));
        String head = call.substring(0, idAt);
        String tail = call.substring(idAt + ID_LENGTH);
        long interval = 1_000_000_000 / CallBench.OPEN_RATE;
        long due = System.nanoTime();
        try (to) {
            for (int i = 0; i < sentAt.length() && due < end; i++, due += interval) {
                for (long wait = 1; wait > 0; ) {
                    wait = due - System.nanoTime();
                    LockSupport.parkNanos(wait);
                }
                byte[] line =
                        (head + (Frames.FIRST_ID + i) + tail).getBytes(StandardCharsets.UTF_8);
                sentAt.setRelease(i, System.nanoTime());
                to.write(line);
                to.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int number(String line) {
        int at = line.indexOf("\"id\":") + 5;
        return Integer.parseInt(line, at, at + ID_LENGTH, 10) - Frames.FIRST_ID;
    }
}
