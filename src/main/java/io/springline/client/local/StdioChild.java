package io.springline.client.local;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stdio MCP server as a child process. Its standard error goes to that of this process, and its
 * end is kept. Lines that are not messages are dropped with a warning.
 */
public final class StdioChild implements LocalServer {

    private static final Logger log = LoggerFactory.getLogger(StdioChild.class);
    private static final int SHOWN = 100;
    private static final long GRACE_SECONDS = 5;

    private final Process process;
    private final JsonRpcCodec codec;
    private final int maxLineBytes;
    private final OutputStream stdin;
    private final ReentrantLock writing = new ReentrantLock();
    private final StderrTail stderr = new StderrTail();

    /**
     * Starts the child.
     *
     * @param messages receives its messages, on a thread of its own
     * @param exit receives the exit code, after the last message
     * @throws IOException if it cannot be started
     */
    public StdioChild(
            AttachTarget.Program program,
            int maxLineBytes,
            Consumer<JsonRpcMessage> messages,
            IntConsumer exit)
            throws IOException {
        this.codec = JsonRpcCodec.lenientJson(maxLineBytes);
        this.maxLineBytes = maxLineBytes;
        var builder = new ProcessBuilder(program.command());
        builder.environment().putAll(program.environment());
        if (program.directory() != null) {
            builder.directory(program.directory().toFile());
        }
        this.process = builder.start();
        this.stdin = new BufferedOutputStream(process.getOutputStream());
        // reading a pipe pins the carrier of a virtual thread
        Thread.ofPlatform()
                .daemon()
                .name("server-stderr")
                .start(() -> stderr.copy(process.getErrorStream()));
        Thread.ofPlatform()
                .daemon()
                .name("server-stdout")
                .start(() -> {
                    read(messages);
                    exit.accept(awaitExit());
                });
    }

    private int awaitExit() {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    private void read(Consumer<JsonRpcMessage> messages) {
        try (InputStream in = process.getInputStream()) {
            var lines = new BoundedLineReader(in, maxLineBytes);
            for (var line = lines.next(); line != null; line = lines.next()) {
                if (line.tooLong()) {
                    log.warn("a line of more than {} bytes is dropped", maxLineBytes);
                } else {
                    take(line.content(), messages);
                }
            }
        } catch (IOException e) {
            log.debug("standard output ended", e);
        }
    }

    private void take(byte[] line, Consumer<JsonRpcMessage> messages) {
        String text = new String(line, StandardCharsets.UTF_8).strip();
        if (text.isEmpty()) {
            return;
        }
        switch (codec.decode(line)) {
            case Decoded.Message(var message) -> messages.accept(message);
            case Decoded.Batch(var elements) ->
                    elements.forEach(each -> {
                        if (each instanceof Decoded.Message(var message)) {
                            messages.accept(message);
                        }
                    });
            default ->
                    log.warn(
                            "a line on standard output is no message, and is dropped: {}",
                            text.substring(0, Math.min(SHOWN, text.length())));
        }
    }

    /**
     * Writes a message; blocks while the child does not read.
     *
     * @throws IOException if the child has ended
     */
    @Override
    public void send(JsonRpcMessage message) throws IOException {
        writing.lock();
        try {
            stdin.write(codec.encode(message));
            stdin.write('\n');
            stdin.flush();
        } finally {
            writing.unlock();
        }
    }

    @Override
    public List<String> stderr() {
        return stderr.lines();
    }

    /**
     * Ends the child: closes its standard input, and kills it if it does not exit in time, for
     * example because it does not read. Blocks for up to ten seconds.
     */
    @Override
    public void close() {
        try {
            if (!closeInput() || !process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }

    /** Returns false if the child has not read what is being written to it. */
    private boolean closeInput() throws InterruptedException {
        if (!writing.tryLock(GRACE_SECONDS, TimeUnit.SECONDS)) {
            return false;
        }
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            log.debug("standard input ended", e);
        } finally {
            writing.unlock();
        }
        return true;
    }

    private void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
