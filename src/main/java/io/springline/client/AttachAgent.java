package io.springline.client;

import io.springline.client.local.LocalServer;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attaches an MCP server of this machine to a Springline server elsewhere.
 *
 * <p>The server outlives connections: the session with the hub is resumed, so that the server runs
 * each call once and its answer arrives once. If a child process exits, it is started again, with a
 * new session.
 */
public final class AttachAgent {

    private static final Logger log = LoggerFactory.getLogger(AttachAgent.class);

    /** A child that has lived for so long is started again at once. */
    private static final Duration HEALTHY = Duration.ofSeconds(30);

    private static final Duration SHORTEST_RESTART = Duration.ofMillis(250);
    private static final Duration LONGEST_RESTART = Duration.ofSeconds(30);

    private final Function<ClientListener, McpWebSocketClient> clients;
    private final String hub;
    private final LocalServer.Launcher launcher;
    private final String server;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile @Nullable AttachedChild current;

    /**
     * @param clients creates a client of the hub that is not connected yet
     * @param hub for people
     * @param server for people
     */
    AttachAgent(
            Function<ClientListener, McpWebSocketClient> clients,
            String hub,
            LocalServer.Launcher launcher,
            String server) {
        this.clients = clients;
        this.hub = hub;
        this.launcher = launcher;
        this.server = server;
    }

    static URI withQuery(URI uri, @Nullable String name) {
        String query = "resume=1&instance=" + UUID.randomUUID();
        if (name != null) {
            query += "&name=" + URLEncoder.encode(name, StandardCharsets.UTF_8);
        }
        return URI.create(uri + (uri.getRawQuery() == null ? "?" : "&") + query);
    }

    /**
     * Starts the child, and keeps it attached until {@link #stop}, or until the hub refuses it for
     * good. Blocks.
     *
     * @return why the hub refuses it; null after {@link #stop}
     * @throws IOException if the child cannot be started
     */
    public @Nullable String run() throws IOException, InterruptedException {
        var backoff = new Backoff(SHORTEST_RESTART, LONGEST_RESTART, RandomGenerator.getDefault());
        while (!stopped.await(backoff.next().toMillis(), TimeUnit.MILLISECONDS)) {
            long begun = System.nanoTime();
            try (var child = new AttachedChild(launcher, clients, hub)) {
                current = child;
                if (isStopped()) {
                    child.stop();
                }
                switch (child.awaitEnd()) {
                    case AttachedChild.End.Refused(var why) -> {
                        return isStopped() ? null : why;
                    }
                    case AttachedChild.End.Exited(var code) -> {
                        if (!isStopped()) {
                            log.warn(
                                    "The server '{}' has ended with code {}; it is started again",
                                    server,
                                    code);
                        }
                    }
                }
            }
            if (System.nanoTime() - begun >= HEALTHY.toNanos()) {
                backoff.reset();
            }
        }
        return null;
    }

    private boolean isStopped() {
        return stopped.getCount() == 0;
    }

    /**
     * Refuses further calls, and lets {@link #run} return when the running ones are answered, after
     * 10 s at the latest. Does not block.
     */
    public void stop() {
        stopped.countDown();
        AttachedChild child = current;
        if (child != null) {
            child.stop();
        }
    }
}
