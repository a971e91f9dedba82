package io.springline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.client.ClientListener;
import io.springline.client.ClientState;
import io.springline.client.McpWebSocketClient;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.JsonRpcMessage.ResultResponse;
import io.springline.testing.McpPeer;
import java.net.URI;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.node.ObjectNode;

/**
 * Calls all the time, some calls at once, over a client that resumes; each call must be answered.
 */
final class ChaosClient implements ClientListener {

    private static final int CONCURRENT = 4;

    private final int number;
    private final ChaosTimeline timeline;
    private final McpWebSocketClient client;
    private final Semaphore free = new Semaphore(CONCURRENT);
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger answers = new AtomicInteger();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final String run = Long.toHexString(System.nanoTime());
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final Set<String> exempt = ConcurrentHashMap.newKeySet();
    private final Set<String> forgiven = ConcurrentHashMap.newKeySet();
    private final Thread calling;
    private final AtomicInteger lost = new AtomicInteger();
    private volatile boolean exempting;
    private volatile boolean mayLose;
    private volatile boolean outage;
    private volatile boolean ending;

    ChaosClient(int port, int number, ChaosTimeline timeline) {
        this.number = number;
        this.timeline = timeline;
        client =
                McpWebSocketClient.builder(URI.create("ws://127.0.0.1:" + port + "/mcp"))
                        .backoff(Duration.ofMillis(20), Duration.ofMillis(200))
                        .heartbeat(Duration.ofSeconds(1), Duration.ofSeconds(2))
                        .connectTimeout(Duration.ofSeconds(3))
                        .listener(this)
                        .build();
        client.start();
        calling = Thread.ofVirtual().start(this::call);
    }

    @Override
    public void stateChanged(ClientState state) {
        timeline.add("client %d: %s".formatted(number, state));
        switch (state) {
            case ClientState.Lost(var reason) when mayLose && reason.equals("unknown") -> {
                lost.incrementAndGet();
                forgiven.addAll(open);
            }
            case ClientState.Lost _ -> wrong.add(state.toString());
            case ClientState.Closed _ when !ending -> wrong.add(state.toString());
            case ClientState.Open _ when !outage -> mayLose = false;
            default -> {}
        }
    }

    private void call() {
        try {
            while (!ending) {
                free.acquire();
                String key = "chaos-%s-%d-%d".formatted(run, number, calls.incrementAndGet());
                open.add(key);
                if (exempting) {
                    exempt.add(key);
                }
                client.request("tools/call", params(key))
                        .whenComplete((answer, _) -> {
                            answers.incrementAndGet();
                            open.remove(key);
                            if (!text(answer).equals("ran " + key) && !forgiven.contains(key)) {
                                wrong.add(key + ": " + text(answer));
                            }
                            free.release();
                        });
                Thread.sleep(20);
            }
        } catch (InterruptedException | RuntimeException e) {
            wrong.add(e.toString());
        }
    }

    private ObjectNode params(String key) {
        ObjectNode params = (ObjectNode) McpPeer.JSON.readTree("{" + McpPeer.meta("{}") + "}");
        params.put("name", "count");
        params.putObject("arguments").put("key", key).put("ms", calls.get() % 10 == 0 ? 300 : 0);
        return params;
    }

    private static String text(Response answer) {
        return answer instanceof ResultResponse(_, var result)
                ? result.at("/content/0/text").asString()
                : String.valueOf(answer);
    }

    /**
     * From now on a node may be without Redis, and serve the client although another node has
     * claimed the session for an attempt that the client has given up. Then there are two counts of
     * messages, and the session may be lost: see docs/cluster.md.
     */
    void beginOutage() {
        outage = true;
        mayLose = true;
    }

    /** From now on the session is safe once the client has resumed it. */
    void endOutage() {
        outage = false;
    }

    /** What is open, and what is called from now on, may run twice. */
    void beginExemption() {
        exempting = true;
        exempt.addAll(open);
    }

    void endExemption() {
        exempting = false;
    }

    /** The keys of the calls that may have run twice. */
    Set<String> exempt() {
        return exempt;
    }

    /** Fails if a call was answered wrongly, or the session was lost. */
    void check() {
        assertThat(wrong).as("client %d", number).isEmpty();
    }

    /** Waits for the answers that are due, and ends the session. */
    void end() throws InterruptedException {
        ending = true;
        assertThat(calling.join(Duration.ofSeconds(60))).isTrue();
        assertThat(free.tryAcquire(CONCURRENT, 60, TimeUnit.SECONDS))
                .as("%s has all its answers, but those of %s", this, open)
                .isTrue();
        client.close();
        check();
        assertThat(answers.get()).isEqualTo(calls.get());
    }

    @Override
    public String toString() {
        return "client %d: %d of %d calls answered, %d sessions lost"
                .formatted(number, answers.get(), calls.get(), lost.get());
    }
}
