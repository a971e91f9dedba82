package io.springline.relay.stdio;

import io.springline.concurrent.SharedThread;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.relay.client.ClosedTransportException;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.config.StdioCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A transport to a child process: one JSON message per line in each direction.
 *
 * <p>A JSON object that the child prints over several lines is accepted. When the child exits, its
 * descendants are killed.
 *
 * <p>The pipes have platform threads: reading a pipe pins the carrier of a virtual thread, and
 * about 130 silent children would use all carriers.
 */
public final class StdioTransport implements UpstreamTransport {

    private static final Logger log = LoggerFactory.getLogger(StdioTransport.class);

    /** The time for the last output of a dead child to arrive; it is applied twice. */
    private static final Duration LAST_OUTPUT = Duration.ofMillis(300);

    /** The time for a child to exit after it closed one of its streams. */
    private static final Duration EXIT = Duration.ofSeconds(1);

    private final String upstream;
    private final StdioCommand command;
    private final ProcessGroups groups;
    private final JsonRpcCodec codec;
    private final int maxMessageBytes;
    private final StderrRing stderr;

    private final StdioOutbox outbox = new StdioOutbox();
    private final AtomicBoolean started = new AtomicBoolean();

    /**
     * The reason why this side ends the child; null if the child exits on its own. The first reason
     * counts.
     */
    private final AtomicReference<@Nullable String> cause = new AtomicReference<>();

    private volatile @Nullable ProcessGroup group;
    private volatile @Nullable Thread keeper;

    /** Held during each call of the receiver, so that {@code closed} is the last one. */
    private final ReentrantLock delivery = new ReentrantLock();

    private boolean over;

    private final SkippedLines skipped;

    /**
     * Creates a transport; {@link #start} starts the child.
     *
     * @param upstream its name, for messages and logs
     * @param maxMessageBytes maximum size of one line from the child, without its end
     */
    public StdioTransport(
            String upstream,
            StdioCommand command,
            ProcessGroups groups,
            JsonRpcCodec codec,
            int maxMessageBytes,
            StderrRing stderr) {
        this.upstream = upstream;
        this.command = command;
        this.groups = groups;
        this.codec = codec;
        this.maxMessageBytes = maxMessageBytes;
        this.stderr = stderr;
        this.skipped = new SkippedLines(upstream, stderr);
    }

    @Override
    public void start(Receiver receiver) throws IOException {
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException("a transport starts once");
        }
        ProcessGroup child = groups.start(command);
        Process process = child.leader();
        thread("stderr", () -> stderr.fill(process.getErrorStream()));
        Thread reader = thread("stdout", () -> read(child, receiver));
        thread("stdin", () -> write(child));
        group = child;
        keeper =
                Thread.ofVirtual()
                        .name("stdio-exit-" + upstream)
                        .start(() -> awaitExit(child, reader, receiver));
        if (cause.get() != null) {
            child.kill();
        }
    }

    private Thread thread(String stream, Runnable work) {
        return Thread.ofPlatform()
                .daemon()
                .name("stdio-%s-%s".formatted(stream, upstream))
                .start(work);
    }

    @Override
    public void send(JsonRpcMessage message) {
        RequestId id = message instanceof Request request ? request.id() : null;
        byte[] bytes = codec.encode(message);
        ProcessGroup child = group;
        if (child != null && outbox.tryClaim(id, bytes)) {
            writeAtOnce(child, bytes);
            return;
        }
        switch (outbox.offer(id, bytes)) {
            case ACCEPTED -> {}
            case FULL -> throw new UpstreamException(named("does not read its standard input"));
            case CLOSED -> {
                String ended = cause.get();
                throw new ClosedTransportException(ended == null ? named("is closed") : ended);
            }
        }
    }

    @Override
    public void cancel(RequestId request, Notification notification) {
        if (!outbox.withdraw(request)) {
            outbox.overtake(codec.encode(notification));
        }
    }

    /** Ends the child and blocks until it has exited, a few seconds at most. */
    @Override
    public void close() {
        cause.compareAndSet(null, named("was closed"));
        outbox.close();
        ProcessGroup child = group;
        Thread last = keeper;
        if (child == null) {
            return;
        }
        child.end();
        if (last != null && last != Thread.currentThread() && !delivery.isHeldByCurrentThread()) {
            try {
                last.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns the process id of the child; empty before the start. */
    OptionalLong pid() {
        ProcessGroup child = group;
        return child == null ? OptionalLong.empty() : OptionalLong.of(child.leader().pid());
    }

    /** Returns the number of lines that were not messages. */
    long skippedLines() {
        return skipped.count();
    }

    private void read(ProcessGroup child, Receiver receiver) {
        var lines = new LineReader(child.leader().getInputStream(), maxMessageBytes);
        var printed =
                new PrettyPrintedObject(
                        maxMessageBytes,
                        start -> {
                            skipped.add(start, "a JSON object over several lines has no end");
                            receiver.noise();
                        });
        try {
            while (takeLines(lines, printed, receiver)) {
                receiver.throttle();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (LineReader.LineTooLongException e) {
            abandon(child, "sent a line of more than %d bytes".formatted(maxMessageBytes));
            return;
        } catch (IOException e) {
            // treated as the end of the stream
        }
        if (!exitsSoon(child)) {
            abandon(child, "closed its standard output");
        }
    }

    /**
     * Takes the next line, and all lines that arrived with it. Returns false at the end of the
     * stream. Messages for the same client leave in one write. While the child is silent, no line
     * is held, since it may be large.
     */
    private boolean takeLines(LineReader lines, PrettyPrintedObject printed, Receiver receiver)
            throws IOException {
        byte[] first = lines.next();
        if (first == null) {
            return false;
        }
        List<byte[]> more = lines.buffered();
        SharedThread.run(() -> {
            takeLine(first, printed, receiver);
            more.forEach(line -> takeLine(line, printed, receiver));
        });
        return true;
    }

    private void takeLine(byte[] line, PrettyPrintedObject printed, Receiver receiver) {
        byte[] message = printed.add(line);
        if (message != null) {
            takeMessage(message, receiver);
        }
    }

    private void takeMessage(byte[] line, Receiver receiver) {
        Decoded decoded = codec.decode(line);
        if (!(decoded instanceof Decoded.Message)) {
            // some servers use another encoding; the other characters are readable
            var text = new String(line, StandardCharsets.UTF_8);
            if (text.indexOf('\uFFFD') >= 0) {
                decoded = codec.decode(text);
            }
        }
        switch (decoded) {
            case Decoded.Single one -> take(one, line, receiver);
            case Decoded.Batch(var elements) -> elements.forEach(one -> take(one, line, receiver));
        }
    }

    private void take(Decoded.Single one, byte[] line, Receiver receiver) {
        switch (one) {
            case Decoded.Message(var message) -> {
                log.debug("< {} upstream={} [{} bytes]", message, upstream, line.length);
                RequestId answered = message instanceof Response response ? response.id() : null;
                if (answered != null) {
                    outbox.answered(answered);
                }
                deliver(() -> receiver.receivedOnSharedStream(message));
            }
            case Decoded.UnusableAnswer(var id, var reason) -> {
                skipped.add(line, reason);
                outbox.answered(id);
                deliver(() -> receiver.failed(id, "invalid response: " + reason));
            }
            case Decoded.Malformed(var answer, _) -> {
                skipped.add(line, answer.error().message());
                receiver.noise();
                if (answer.id() != null) {
                    refuse(answer);
                }
            }
            case Decoded.Ignored(var reason) -> {
                skipped.add(line, reason);
                receiver.noise();
            }
        }
    }

    /** Sends the error response to an invalid request of the child. */
    private void refuse(ErrorResponse answer) {
        try {
            send(answer);
        } catch (UpstreamException e) {
            log.debug("{} not sent: {} upstream={}", answer, e.getMessage(), upstream);
        }
    }

    private void deliver(Runnable message) {
        delivery.lock();
        try {
            if (!over) {
                message.run();
            }
        } catch (RuntimeException e) {
            log.error("A message of upstream '{}' could not be handled", upstream, e);
        } finally {
            delivery.unlock();
        }
    }

    /** Writes a message to the empty pipe: one thread less to wake. */
    private void writeAtOnce(ProcessGroup child, byte[] message) {
        OutputStream out = child.leader().getOutputStream();
        try {
            out.write(message);
            out.write('\n');
            out.flush();
        } catch (IOException e) {
            // waits for the child to exit, which the sender must not
            Thread.startVirtualThread(() -> inputClosed(child));
        } finally {
            outbox.release();
        }
    }

    private void write(ProcessGroup child) {
        OutputStream out = child.leader().getOutputStream();
        try {
            while (outbox.awaitClaim()) {
                Thread.yield(); // senders that are ready share the write
                for (byte[] message = outbox.poll(); message != null; message = outbox.poll()) {
                    out.write(message);
                    out.write('\n');
                }
                out.flush();
                outbox.release();
            }
        } catch (IOException e) {
            inputClosed(child);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void inputClosed(ProcessGroup child) {
        outbox.close();
        if (!exitsSoon(child)) {
            abandon(child, "closed its standard input");
        }
    }

    /**
     * Returns true if the child exits within a second. Otherwise the caller ends it, because one of
     * its streams is closed.
     */
    private static boolean exitsSoon(ProcessGroup child) {
        try {
            return child.leader().waitFor(EXIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void abandon(ProcessGroup child, String trouble) {
        if (cause.compareAndSet(null, named(trouble))) {
            child.kill();
        }
    }

    private void awaitExit(ProcessGroup child, Thread reader, Receiver receiver) {
        try {
            child.leader().waitFor();
            outbox.close();
            if (cause.get() == null && !reader.join(LAST_OUTPUT)) {
                log.debug("A process still holds the child's pipes: upstream={}", upstream);
            }
            if (!named("was closed").equals(cause.get())) {
                // its descendants may hold the pipes open
                child.kill();
            }
            reader.join(LAST_OUTPUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        cause.compareAndSet(null, named(exit(child.leader().exitValue())));
        tellClosed(receiver);
    }

    private void tellClosed(Receiver receiver) {
        delivery.lock();
        try {
            over = true;
            receiver.closed(String.valueOf(cause.get()));
        } catch (RuntimeException e) {
            log.error("The end of upstream '{}' could not be handled", upstream, e);
        } finally {
            delivery.unlock();
        }
    }

    /** Returns the exit status in words. Java reports an exit by signal n as 128 + n. */
    private static String exit(int status) {
        return status > 128 && status <= 128 + 64
                ? "was ended by signal %d".formatted(status - 128)
                : "exited with status %d".formatted(status);
    }

    private String named(String what) {
        return "Upstream '%s' %s".formatted(upstream, what);
    }
}
