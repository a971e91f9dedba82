package io.springline.client.bridge;

import io.springline.client.ClientListener;
import io.springline.client.ClientState;
import io.springline.client.McpWebSocketClient;
import io.springline.client.local.BoundedLineReader;
import io.springline.jsonrpc.ErrorCode;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.ErrorResponse;
import io.springline.jsonrpc.JsonRpcMessage.Notification;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.Decoded;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stdio MCP server that forwards all messages between its host and a remote server. The host
 * starts it as a process and exchanges one JSON-RPC message per line. The connection to the remote
 * server is resumed automatically, without the host noticing.
 */
public final class Bridge implements ClientListener {

    private static final Logger log = LoggerFactory.getLogger(Bridge.class);

    /** The maximum wait for outstanding responses after the host has closed standard input. */
    private static final Duration LAST_RESPONSES = Duration.ofSeconds(10);

    private final McpWebSocketClient client;
    private final InputStream in;
    private final OutputStream out;
    private final int maxMessageSize;
    private final JsonRpcCodec codec;

    /** The host's requests without a response. Guarded by its monitor, which is notified. */
    private final Set<RequestId> outstanding = new HashSet<>();

    private final CompletableFuture<Integer> exit = new CompletableFuture<>();

    /**
     * @param settings the settings of the client; the bridge sets its listener
     * @param in newline-delimited JSON-RPC from the host
     * @param out output to the host; only the bridge may write to it
     * @param maxMessageSize the maximum length of a line in bytes
     */
    public Bridge(
            McpWebSocketClient.Builder settings,
            InputStream in,
            OutputStream out,
            int maxMessageSize) {
        this.in = in;
        this.out = out;
        this.maxMessageSize = maxMessageSize;
        codec = JsonRpcCodec.json(maxMessageSize);
        client = settings.maxMessageSize(maxMessageSize).listener(this).build();
    }

    /**
     * Forwards messages until the host closes standard input, or the server refuses the connection
     * permanently.
     *
     * @return the exit code: 0, or 1 if the server has refused the connection
     */
    public int run() throws InterruptedException {
        client.start();
        // a blocking read of a pipe cannot be interrupted: the thread ends with the process
        Thread.ofPlatform().daemon().name("bridge-stdin").start(this::readHost);
        try {
            return exit.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            client.close();
        }
    }

    /** Makes {@link #run} return. Called if the host has ended. */
    public void stop() {
        exit.complete(0);
    }

    /** Ends the session on the server. Called if this process is stopped. */
    public void close() {
        exit.complete(0);
        client.close();
    }

    private void readHost() {
        try {
            var lines = new BoundedLineReader(in, maxMessageSize);
            for (BoundedLineReader.Line line; (line = lines.next()) != null; ) {
                forward(line);
            }
            awaitOutstanding();
        } catch (IOException e) {
            log.warn("cannot read from the host: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            exit.complete(0);
        }
    }

    private void forward(BoundedLineReader.Line line) {
        if (line.tooLong()) {
            String message =
                    "Parse error: the line is longer than %d bytes".formatted(maxMessageSize);
            write(new ErrorResponse(null, ErrorCode.PARSE_ERROR.error(message)));
            return;
        }
        switch (codec.decode(new String(line.content(), StandardCharsets.UTF_8))) {
            case Decoded.Batch(var elements) -> elements.forEach(this::forward);
            case Decoded.Single single -> forward(single);
        }
    }

    private void forward(Decoded.Single single) {
        switch (single) {
            case Decoded.Message(var message) -> forward(message);
            case Decoded.Malformed(var answer, var ignored) -> write(answer);
            case Decoded.UnusableAnswer(var id, var reason) ->
                    forward(
                            new ErrorResponse(
                                    id,
                                    ErrorCode.INTERNAL_ERROR.error(
                                            "The host's answer cannot be used: " + reason)));
            case Decoded.Ignored(var reason) -> log.debug("ignored: {}", reason);
        }
    }

    private void forward(JsonRpcMessage message) {
        log.debug("> {}", message);
        try {
            track(message);
            client.send(message);
        } catch (IllegalStateException | IllegalArgumentException e) {
            log.warn("message not sent to the server: {}: {}", e.getMessage(), message);
            if (message instanceof Request request) {
                received(
                        new ErrorResponse(
                                request.id(),
                                ErrorCode.INTERNAL_ERROR.error(String.valueOf(e.getMessage()))));
            }
        }
    }

    /** Tracks requests, except subscriptions, whose response arrives only when they end. */
    private void track(JsonRpcMessage message) {
        switch (message) {
            case Request(var id, var method, var ignored)
                    when !method.equals("subscriptions/listen") -> {
                synchronized (outstanding) {
                    outstanding.add(id);
                }
            }
            case Notification(var method, var params)
                    when method.equals("notifications/cancelled") && params != null ->
                    settle(RequestId.of(params.get("requestId")));
            default -> {}
        }
    }

    private void settle(@Nullable RequestId id) {
        synchronized (outstanding) {
            outstanding.remove(id);
            outstanding.notifyAll();
        }
    }

    private void awaitOutstanding() throws InterruptedException {
        long deadline = System.nanoTime() + LAST_RESPONSES.toNanos();
        synchronized (outstanding) {
            while (!outstanding.isEmpty()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    log.warn("the bridge ends; {} requests have no response", outstanding.size());
                    return;
                }
                TimeUnit.NANOSECONDS.timedWait(outstanding, left);
            }
        }
    }

    @Override
    public void received(JsonRpcMessage message) {
        log.debug("< {}", message);
        write(message);
        if (message instanceof Response response) {
            settle(response.id());
        }
    }

    private void write(JsonRpcMessage message) {
        byte[] json = codec.encode(message);
        synchronized (out) {
            try {
                out.write(json);
                out.write('\n');
                out.flush();
            } catch (IOException e) {
                log.warn("cannot write to the host: {}", e.getMessage());
                exit.complete(0);
            }
        }
    }

    @Override
    public void stateChanged(ClientState state) {
        switch (state) {
            case ClientState.Open(var session, var resumable) ->
                    log.info(
                            "connected, session {}{}", session, resumable ? "" : ", not resumable");
            case ClientState.Lost(var reason) ->
                    log.warn(
                            "the server no longer has the session ({}); opening a new one", reason);
            case ClientState.Closed(var reason) -> {
                if (!exit.isDone()) {
                    log.error("the bridge ends: {}", reason);
                    exit.complete(1);
                }
            }
            case ClientState.Connecting ignored -> log.info("{}", state);
            case ClientState.Resuming ignored -> log.info("{}", state);
        }
    }
}
