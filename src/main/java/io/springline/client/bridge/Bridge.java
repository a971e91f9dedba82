package io.springline.client.bridge;

import io.springline.client.ClientListener;
import io.springline.client.ClientState;
import io.springline.client.McpWebSocketClient;
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
 * A stdio server on one side, a resuming client on the other: carries the messages of a host that
 * can only start processes, one in each line. The host notices nothing of cuts and restarts.
 */
public final class Bridge implements ClientListener {

    private static final Logger log = LoggerFactory.getLogger(Bridge.class);

    /** How long answers may take that are still owed when the host closes its end. */
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(10);

    private final McpWebSocketClient client;
    private final InputStream in;
    private final OutputStream out;
    private final int maxMessageSize;
    private final JsonRpcCodec codec;

    /** The host's requests without an answer; guarded by itself, which is notified of changes. */
    private final Set<RequestId> owed = new HashSet<>();

    private final CompletableFuture<Integer> exit = new CompletableFuture<>();

    /**
     * @param settings of the client but for its listener
     * @param in newline-delimited JSON-RPC
     * @param out nobody else may write to it
     * @param maxMessageSize of a line, in bytes
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
     * Carries messages until the host closes its end, or the connection is gone for good.
     *
     * @return the exit code: 0, or 1 for a connection that is gone for good
     */
    public int run() throws InterruptedException {
        client.start();
        // a blocking read of a pipe cannot be interrupted: the thread ends with the process
        Thread.ofPlatform().daemon().name("bridge-stdin").start(this::carry);
        try {
            return exit.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            client.close();
        }
    }

    /** The host is gone: ends at once. */
    public void stop() {
        exit.complete(0);
    }

    /** The process ends: leaves the server. */
    public void close() {
        exit.complete(0);
        client.close();
    }

    private void carry() {
        try {
            var lines = new HostLineReader(in, maxMessageSize);
            for (HostLineReader.Line line; (line = lines.next()) != null; ) {
                carry(line);
            }
            awaitOwed();
        } catch (IOException e) {
            log.warn("cannot read from the host: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            exit.complete(0);
        }
    }

    private void carry(HostLineReader.Line line) {
        if (line.tooLong()) {
            String message = "Parse error: a line has at most %d bytes".formatted(maxMessageSize);
            write(new ErrorResponse(null, ErrorCode.PARSE_ERROR.error(message)));
            return;
        }
        switch (codec.decode(new String(line.content(), StandardCharsets.UTF_8))) {
            case Decoded.Batch(var elements) -> elements.forEach(this::carry);
            case Decoded.Single single -> carry(single);
        }
    }

    private void carry(Decoded.Single single) {
        switch (single) {
            case Decoded.Message(var message) -> forward(message);
            case Decoded.Malformed(var answer, _) -> write(answer);
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
            owe(message);
            client.send(message);
        } catch (IllegalStateException | IllegalArgumentException e) {
            log.warn("not sent to the server: {}: {}", message, e.getMessage());
            if (message instanceof Request request) {
                received(
                        new ErrorResponse(
                                request.id(),
                                ErrorCode.INTERNAL_ERROR.error(String.valueOf(e.getMessage()))));
            }
        }
    }

    /** A subscription's answer comes at its end only. */
    private void owe(JsonRpcMessage message) {
        switch (message) {
            case Request(var id, var method, _) when !method.equals("subscriptions/listen") -> {
                synchronized (owed) {
                    owed.add(id);
                }
            }
            case Notification(var method, var params)
                    when method.equals("notifications/cancelled") && params != null ->
                    settle(RequestId.of(params.get("requestId")));
            default -> {}
        }
    }

    private void settle(@Nullable RequestId id) {
        synchronized (owed) {
            owed.remove(id);
            owed.notifyAll();
        }
    }

    private void awaitOwed() throws InterruptedException {
        long deadline = System.nanoTime() + LAST_ANSWERS.toNanos();
        synchronized (owed) {
            while (!owed.isEmpty()) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    log.warn("the bridge ends, and {} requests have no answer yet", owed.size());
                    return;
                }
                TimeUnit.NANOSECONDS.timedWait(owed, left);
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
            case ClientState.Connecting _, ClientState.Resuming _ -> log.info("{}", state);
        }
    }
}
