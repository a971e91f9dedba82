package io.springline.client;

import io.springline.client.ReconnectDecision.Reconnect;
import io.springline.client.ReconnectDecision.Renew;
import io.springline.client.ReconnectDecision.Stop;
import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a session on a connection: opens one after the other until that is of no use any more. */
final class Reconnector implements ResumableClientSession.Observer {

    private static final Logger log = LoggerFactory.getLogger(Reconnector.class);

    private static final String CLOSED_HERE = "closed by this client";

    /** A connection that has lived so long was of use, even if it has carried nothing. */
    private static final Duration STABLE = Duration.ofSeconds(30);

    private static final Duration FLUSH = Duration.ofSeconds(1);
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private final Settings settings;
    private final JsonRpcCodec json;
    private final JsonRpcCodec cbor;
    private final ResumableClientSession session;
    private final Backoff backoff;
    private final KeepAlive heartbeat;

    private final AtomicBoolean started = new AtomicBoolean();
    private final CompletableFuture<Void> opened = new CompletableFuture<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread carrier;

    private volatile ClientState state = new ClientState.Connecting();
    private volatile @Nullable WebSocketLink current;
    private volatile boolean patient;

    /** Of the carrier: whether the credential was renewed and has not proved itself since. */
    private boolean renewed;

    private Duration asked = Duration.ZERO;
    private long downSince;

    Reconnector(Settings settings) {
        this.settings = settings;
        json = JsonRpcCodec.json(settings.maxMessageSize());
        cbor = JsonRpcCodec.cbor(settings.maxMessageSize(), true);
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
     * @param patient whether to keep trying when the first attempt fails
     */
    void start(boolean patient) {
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "connect() may be called once; the client reconnects by itself");
        }
        this.patient = patient;
        carrier.start();
    }

    void awaitOpen() throws IOException, InterruptedException {
        try {
            opened.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause() == null ? "closed" : e.getCause().getMessage());
        }
    }

    ResumableClientSession session() {
        return session;
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
            // by close()
        } catch (RuntimeException e) {
            log.error("the client has failed", e);
            end = "a fault of the client: " + e;
        } finally {
            finish(isClosing() ? CLOSED_HERE : end);
        }
    }

    private void finish(String reason) {
        state = new ClientState.Closed(reason);
        session.close(reason);
        opened.completeExceptionally(new IOException(reason));
        tell();
    }

    /** Returns why it stopped. */
    private String keepConnected() throws InterruptedException {
        while (true) {
            long carried = session.carried();
            long start = System.nanoTime();
            ReconnectDecision verdict = connection();
            if (isClosing()) {
                return CLOSED_HERE;
            }
            // else a server that accepts and drops would be met without a pause
            if (session.carried() > carried || System.nanoTime() - start > STABLE.toNanos()) {
                backoff.reset();
                renewed = false;
            }
            Duration least = asked;
            asked = Duration.ZERO;
            switch (verdict) {
                case Stop(var why) -> {
                    return why;
                }
                case Renew(var why) -> {
                    if (renewed) {
                        return why + "; the new token was refused, too";
                    }
                    renewed = true;
                    backoff.reset();
                    log.info("{}; getting a new token", why);
                }
                case Reconnect(var atLeast, var why) -> {
                    if (!patient && !opened.isDone()) {
                        return why;
                    }
                    least = least.compareTo(atLeast) < 0 ? atLeast : least;
                    log.info("connection: {}", why);
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

    /** One connection, from its first byte to its last. */
    private ReconnectDecision connection() throws InterruptedException {
        WebSocketLink link = null;
        try {
            link = new WebSocketLink(settings, json, cbor, token(), session.sendLog()::arrived);
            current = link;
            heartbeat.start(link, session.sendLog()::written);
            if (isClosing()) {
                return new Stop(CLOSED_HERE);
            }
            var end = session.carry(link);
            return CloseCodes.of(end.code(), end.reason());
        } catch (WebSocketLink.RefusedException e) {
            return e.verdict();
        } catch (IOException e) {
            return new Reconnect(Duration.ZERO, String.valueOf(e.getMessage()));
        } finally {
            current = null;
            if (link != null) {
                downSince = System.nanoTime();
                link.abort("done with");
            }
        }
    }

    /** Says nothing of the token itself when there is something wrong with it. */
    private @Nullable String token() throws IOException {
        String token;
        try {
            token = settings.token().get();
        } catch (RuntimeException e) {
            throw new IOException("the supplier of the token failed: " + e.getClass().getName());
        }
        if (token != null && !token.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw new IOException("the token has characters that an HTTP header cannot have");
        }
        return token;
    }

    @Override
    public void open(int count, boolean resumable) {
        become(new ClientState.Open(count, resumable));
        opened.complete(null);
    }

    @Override
    public void lost(String reason) {
        become(new ClientState.Lost(reason));
    }

    @Override
    public void draining(Duration reconnectAfter) {
        asked = reconnectAfter;
    }

    @Override
    public void received(JsonRpcMessage message) {
        guarded(() -> settings.listener().received(message));
    }

    private void become(ClientState next) {
        if (!next.equals(state)) {
            state = next;
            tell();
        }
    }

    private void tell() {
        log.debug("= {}", state);
        ClientState now = state;
        guarded(() -> settings.listener().stateChanged(now));
    }

    /** What the listener throws is its own affair. */
    private static void guarded(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            log.error("the listener has failed", e);
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    void close() {
        if (started.compareAndSet(false, true)) {
            finish(CLOSED_HERE);
            return;
        }
        if (isClosing() || state instanceof ClientState.Closed) {
            return;
        }
        try {
            if (state instanceof ClientState.Open && Thread.currentThread() != carrier) {
                session.awaitWritten(FLUSH);
            }
            closing.countDown();
            WebSocketLink link = current;
            if (link != null) {
                link.close(CloseCodes.NORMAL, "");
            } else {
                carrier.interrupt();
            }
            if (Thread.currentThread() != carrier && !carrier.join(FAREWELL)) {
                carrier.interrupt();
                carrier.join(FAREWELL);
            }
        } catch (InterruptedException e) {
            carrier.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
