package io.springline.client;

import io.springline.client.ReconnectDecision.Reconnect;
import io.springline.client.ReconnectDecision.Renew;
import io.springline.client.ReconnectDecision.Stop;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a session on one connection after the other, until it is closed or refused permanently. */
final class Reconnector implements ResumableClientSession.Observer {

    private static final Logger log = LoggerFactory.getLogger(Reconnector.class);

    private static final String CLOSED_HERE = "closed by this client";

    /** The duration after which a connection with messages resets the back-off. */
    private static final Duration USEFUL = Duration.ofSeconds(1);

    /** The duration after which a connection without messages counts as successful. */
    private static final Duration STABLE = Duration.ofSeconds(30);

    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

    private final Settings settings;
    private final JsonRpcCodec json;
    private final JsonRpcCodec cbor;
    private final ResumableClientSession session;
    private final Backoff backoff;
    private final KeepAlive heartbeat;
    private final ListenerThread listener = new ListenerThread();

    private final AtomicBoolean started = new AtomicBoolean();
    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread carrier;

    private volatile ClientState state = new ClientState.Connecting();
    private volatile @Nullable WebSocketLink current;
    private volatile boolean patient;

    /** True if the credential was renewed, and no connection has succeeded since. */
    private boolean renewed;

    private boolean everOpen;
    private Duration requestedWait = Duration.ZERO;
    private long downSince;

    Reconnector(Settings settings) {
        this.settings = settings;
        json = JsonRpcCodec.json(settings.maxMessageSize());
        cbor = JsonRpcCodec.cbor(settings.maxMessageSize());
        session =
                new ResumableClientSession(
                        settings.connectTimeout(), settings.binary() ? cbor : json, this);
        backoff =
                new Backoff(
                        settings.backoffBase(),
                        settings.backoffCap(),
                        RandomGenerator.getDefault());
        heartbeat = new KeepAlive(settings.pingInterval(), settings.pingTimeout());
        carrier = Thread.ofVirtual().name("mcp-client").unstarted(this::run);
    }

    /**
     * Opens the first connection in the background. If that fails, the client closes.
     *
     * @throws IllegalStateException if the client was started or closed before
     */
    void startOnce() {
        start(false);
    }

    /**
     * Opens the first connection in the background, and retries until that succeeds.
     *
     * @throws IllegalStateException if the client was started or closed before
     */
    void startPatiently() {
        start(true);
    }

    private void start(boolean retries) {
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "connect() and start() can be called only once; the client reconnects automatically");
        }
        patient = retries;
        listener.start();
        carrier.start();
    }

    /**
     * Blocks until the first connection is open. Throws the reason if the client closes instead.
     */
    void awaitOpen() throws IOException, InterruptedException {
        try {
            opened.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause() == null ? "closed" : e.getCause().getMessage());
        }
    }

    /**
     * Queues a message.
     *
     * @param answer receives the response to a request, on the thread of the listener
     * @throws IllegalStateException as {@link ResumableClientSession#send}
     * @throws IllegalArgumentException as {@link ResumableClientSession#send}
     */
    void send(JsonRpcMessage message, Consumer<Response> answer) {
        session.send(message, response -> listener.add(() -> answer.accept(response)));
    }

    /** Queues a message. The listener receives the response to a request. */
    void send(JsonRpcMessage message) {
        session.send(message, this::received);
    }

    ClientState state() {
        return state;
    }

    private void run() {
        downSince = System.nanoTime();
        String end = CLOSED_HERE;
        try {
            end = keepConnected();
        } catch (InterruptedException e) {
            // interrupted by close()
        } catch (RuntimeException e) {
            log.error("the client has failed and is closed", e);
            end = "an internal error of the client: " + e;
        } finally {
            finish(isClosing() ? CLOSED_HERE : end);
        }
    }

    private void finish(String reason) {
        var closed = new ClientState.Closed(reason);
        log.debug("state: {}", closed);
        state = closed;
        session.close(reason);
        listener.add(() -> {
            opened.completeExceptionally(new IOException(reason));
            settings.listener().stateChanged(closed);
        });
        listener.end();
    }

    /** Runs connections until the client is closed, and returns the reason. */
    private String keepConnected() throws InterruptedException {
        while (true) {
            long carried = session.carried();
            long start = System.nanoTime();
            ReconnectDecision decision = connection();
            if (isClosing()) {
                return CLOSED_HERE;
            }
            var lifetime = Duration.ofNanos(System.nanoTime() - start);
            boolean hasCarried = session.carried() > carried;
            // a proxy or server that drops each connection must not be called without pause
            if (lifetime.compareTo(hasCarried ? USEFUL : STABLE) > 0) {
                backoff.reset();
            }
            if (hasCarried || lifetime.compareTo(STABLE) > 0) {
                renewed = false;
            }
            Duration least = requestedWait;
            requestedWait = Duration.ZERO;
            switch (decision) {
                case Stop(var why) -> {
                    return why;
                }
                case Renew(var why) -> {
                    if (renewed) {
                        return why + "; the server also refused the new token";
                    }
                    renewed = true;
                    backoff.reset();
                    log.info("{}; getting a new token", why);
                }
                case Reconnect(var atLeast, var why) -> {
                    if (!patient && !everOpen) {
                        return why;
                    }
                    least = least.compareTo(atLeast) < 0 ? atLeast : least;
                    log.info("the connection has ended: {}", why);
                }
            }
            session.cut();
            Duration given = settings.giveUpAfter();
            if (given != null && System.nanoTime() - downSince > given.toNanos()) {
                return "the server could not be reached for " + given;
            }
            become(
                    session.isResumable()
                            ? new ClientState.Resuming()
                            : new ClientState.Connecting());
            if (closing.await(least.plus(backoff.next()).toNanos(), TimeUnit.NANOSECONDS)) {
                return CLOSED_HERE;
            }
        }
    }

    /** Opens a connection and runs the session on it until it ends. */
    private ReconnectDecision connection() throws InterruptedException {
        WebSocketLink link = null;
        try {
            link =
                    new WebSocketLink(
                            settings, json, cbor, token(), session.sendLog()::arrived, listener);
            current = link;
            heartbeat.start(link, session.sendLog()::written);
            if (isClosing()) {
                return new Stop(CLOSED_HERE);
            }
            var end = session.carry(link);
            return CloseCodes.of(end.code(), end.reason());
        } catch (WebSocketLink.RefusedException e) {
            return e.decision();
        } catch (IOException e) {
            return new Reconnect(Duration.ZERO, String.valueOf(e.getMessage()));
        } finally {
            current = null;
            if (state instanceof ClientState.Open) {
                downSince = System.nanoTime();
            }
            if (link != null) {
                link.abort("done with");
            }
        }
    }

    /** Returns the token. The exception for an invalid token does not contain it. */
    private @Nullable String token() throws IOException {
        String token;
        try {
            token = settings.token().get();
        } catch (RuntimeException e) {
            throw new IOException("the supplier of the token failed: " + e.getClass().getName());
        }
        if (token != null && !token.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw new IOException(
                    "the token contains a space or another character that is not allowed in a header");
        }
        return token;
    }

    @Override
    public void open(int count, boolean resumable) {
        become(new ClientState.Open(count, resumable));
        if (!everOpen) {
            everOpen = true;
            listener.add(() -> opened.complete(null));
        }
    }

    @Override
    public void lost(String reason) {
        become(new ClientState.Lost(reason));
    }

    @Override
    public void draining(Duration reconnectAfter) {
        requestedWait = reconnectAfter;
    }

    @Override
    public void received(JsonRpcMessage message) {
        listener.add(() -> settings.listener().received(message));
    }

    private void become(ClientState next) {
        if (!next.equals(state)) {
            log.debug("state: {}", next);
            state = next;
            listener.offer(() -> settings.listener().stateChanged(next));
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    void close() {
        if (started.compareAndSet(false, true)) {
            listener.start();
            finish(CLOSED_HERE);
        }
        if (Thread.currentThread() == carrier) {
            closing.countDown();
            return;
        }
        try {
            if (!isClosing() && !(state instanceof ClientState.Closed)) {
                endConnection();
            }
            if (!awaitEnd()) {
                carrier.interrupt();
                listener.interruptCalls();
                awaitEnd();
            }
        } catch (InterruptedException e) {
            carrier.interrupt();
            listener.interruptCalls();
            Thread.currentThread().interrupt();
        }
    }

    private void endConnection() throws InterruptedException {
        if (state instanceof ClientState.Open) {
            session.awaitWritten(FLUSH_TIMEOUT);
        }
        closing.countDown();
        WebSocketLink link = current;
        if (link != null) {
            link.close(CloseCodes.NORMAL, "");
        } else {
            carrier.interrupt();
        }
    }

    /** Blocks until both threads have ended, except the current one. */
    private boolean awaitEnd() throws InterruptedException {
        if (listener.isCurrent()) {
            return state instanceof ClientState.Closed || carrier.join(CLOSE_TIMEOUT);
        }
        return listener.awaitEnd(CLOSE_TIMEOUT); // it ends after the other
    }
}
