package io.springline.cluster;

import io.lettuce.core.StreamMessage;
import io.springline.session.Outbound;
import io.springline.session.Resumption.Reason;
import io.springline.session.SessionLease;
import io.springline.session.SessionStore;
import io.springline.session.StoredSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * The sessions of all nodes, in Redis: for each a hash, the log of its messages as a stream, the
 * requests that are running and those that are settled, and a stream of what former owners still
 * have to say. While Redis is away, sessions go on from memory.
 */
final class RedisSessionStore implements SessionStore, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RedisSessionStore.class);

    /** How often an owner makes sure that Redis does not forget its sessions. */
    private static final Duration TOUCH = Duration.ofSeconds(20);

    /** Most arrivals of one session that wait for its owner. */
    private static final int ARRIVALS = 4_096;

    /** Most messages for owners elsewhere that wait for Redis to be back; more are lost. */
    private static final int UNSENT = 10_000;

    private record Unsent(RedisLease lease, Outbound message) {}

    private final Redis redis;
    private final Keys keys;
    private final Presence presence;
    private final Mail mail;
    private final String node;
    private final byte[] life;
    private final Map<String, RedisLease> owned = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Unsent> unsent = new ConcurrentLinkedQueue<>();

    /** Bounded by the sessions: each is lost once, and catches up once at a time. */
    private final ExecutorService events =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().name("cluster-events").factory());

    private @Nullable Listener listener;

    /**
     * @param grace how long a session waits for its client
     */
    RedisSessionStore(Redis redis, Keys keys, Presence presence, Mail mail, Duration grace) {
        this.redis = redis;
        this.keys = keys;
        this.presence = presence;
        this.mail = mail;
        this.node = presence.node();
        this.life = Bytes.of(grace.plus(TOUCH.multipliedBy(3)).toMillis());
        mail.on("moved", (session, _) -> lost(session));
        mail.on("arrived", (session, _) -> deliverArrivals(session));
        mail.on("told", (session, message) -> listener().told(session, message));
    }

    @Override
    public String node() {
        return node;
    }

    @Override
    public boolean isShared() {
        return !presence.isAway();
    }

    @Override
    public void listen(Listener all) {
        listener = all;
    }

    private Listener listener() {
        return Objects.requireNonNull(listener, "listen comes first");
    }

    @Override
    public SessionLease open(Binding binding, String digest) throws InterruptedException {
        var lease = new RedisLease(this, binding, 1);
        owned.put(binding.session(), lease);
        if (presence.isAway()) {
            lease.fallBehind();
        } else {
            lease.push(StoredSession.opened(digest)).await();
        }
        return lease;
    }

    @Override
    public Claim claim(Attempt attempt) throws InterruptedException {
        if (presence.state() != Presence.State.JOINED) {
            return new Away();
        }
        Binding binding = attempt.binding();
        List<byte[]> arguments =
                List.of(
                        Bytes.of(attempt.digest()),
                        Bytes.of(attempt.nextDigest()),
                        Bytes.of(binding.principal()),
                        Bytes.of(binding.endpoint()),
                        Bytes.of(binding.epoch()),
                        Bytes.of(attempt.received()),
                        Bytes.of(node),
                        life);
        try {
            List<Object> answer = await(this.<List<Object>>run(Script.CLAIM, binding, arguments));
            String result = Bytes.text((byte[]) answer.getFirst());
            return result.equals("ok") ? claimed(attempt, answer) : new Denied(reason(result));
        } catch (TimeoutException e) {
            away("no answer to a claim");
        } catch (ExecutionException e) {
            away(String.valueOf(e.getCause()));
        }
        return new Away();
    }

    private Claim claimed(Attempt attempt, List<Object> answer) {
        ClaimAnswer claimed = ClaimAnswer.of(attempt, answer);
        String session = attempt.binding().session();
        var lease = new RedisLease(this, attempt.binding(), claimed.fence());
        claimed.arrivals().forEach(arrival -> lease.lastArrival(arrival.entry()));
        owned.put(session, lease);
        if (!claimed.former().equals(node)) {
            mail.send(claimed.former(), "moved", session, Bytes.NONE);
        }
        return new Claimed(lease, claimed.session(), claimed.arrivals());
    }

    private static Reason reason(String wireName) {
        Reason reason = Reason.of(wireName);
        return reason == null ? Reason.UNKNOWN : reason;
    }

    private <T> T await(CompletionStage<T> answer)
            throws InterruptedException, ExecutionException, TimeoutException {
        return answer.toCompletableFuture().get(patience().toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public boolean isAlive(String other) {
        return presence.isAlive(other);
    }

    <T> CompletionStage<T> run(Script script, Binding binding, List<byte[]> arguments) {
        return redis.run(script, keys.session(binding.session()), arguments);
    }

    Duration patience() {
        return presence.patience();
    }

    /** How long Redis keeps a session of which nothing is heard, in milliseconds. */
    byte[] life() {
        return life;
    }

    void away(String why) {
        presence.away(why);
    }

    /** Redis is away: sessions go on from memory. */
    void fallBehind() {
        owned.values().forEach(RedisLease::fallBehind);
    }

    /** Redis is back: tells it all that it may have missed or lost. */
    void rejoin() {
        for (RedisLease lease : owned.values()) {
            lease.fallBehind();
            catchUp(lease);
        }
        for (Unsent each; (each = unsent.poll()) != null; ) {
            forward(each.lease(), each.message());
        }
    }

    /** Redis has lost a session, or missed some of it. */
    void behind(RedisLease lease) {
        later(() -> catchUp(lease));
    }

    private void catchUp(RedisLease lease) {
        if (!presence.isAway() && lease.catchUp()) {
            lease.push(listener().snapshot(lease.binding().session()));
        }
    }

    /** A write of this lease was refused. */
    void lost(RedisLease lease) {
        if (owned.remove(lease.binding().session(), lease)) {
            later(() -> listener().moved(lease.binding().session(), lease.fence()));
        }
    }

    /** Another node says that it has claimed a session; whether it is so tells a write. */
    private void lost(String session) {
        RedisLease lease = owned.get(session);
        if (lease != null) {
            lease.touch();
        }
    }

    void ended(RedisLease lease) {
        owned.remove(lease.binding().session(), lease);
    }

    private void later(Runnable event) {
        try {
            events.execute(event);
        } catch (RejectedExecutionException e) {
            log.debug("stopping: {}", e.getMessage());
        }
    }

    void forward(RedisLease lease, Outbound message) {
        if (presence.isAway()) {
            keep(lease, message);
            return;
        }
        String session = lease.binding().session();
        List<byte[]> arguments =
                List.of(
                        Bytes.of(message.answers()),
                        Bytes.of(node),
                        Bytes.of(message.kind().name()),
                        message.payload(),
                        life,
                        Bytes.of(ARRIVALS));
        this.<byte[]>run(Script.FORWARD, lease.binding(), arguments)
                .whenComplete((owner, failure) -> {
                    if (failure != null) {
                        away(failure.toString());
                        keep(lease, message);
                    } else if (owner.length > 0) {
                        mail.send(Bytes.text(owner), "arrived", session, Bytes.NONE);
                    }
                });
    }

    private void keep(RedisLease lease, Outbound message) {
        if (unsent.size() < UNSENT) {
            unsent.add(new Unsent(lease, message));
        }
    }

    void tell(String other, String session, byte[] message) {
        mail.send(other, "told", session, message);
    }

    /** Fetches what former owners have sent; the answers come in order. */
    void deliverArrivals(String session) {
        later(() -> {
            RedisLease lease = owned.get(session);
            if (lease != null && !presence.isAway()) {
                fetch(lease).forEach(each -> listener().arrived(session, each));
            }
        });
    }

    private List<Arrival> fetch(RedisLease lease) {
        var arrivals = new ArrayList<Arrival>();
        try {
            String session = lease.binding().session();
            for (StreamMessage<byte[], byte[]> entry :
                    await(redis.after(keys.arrivals(session), lease.lastArrival()))) {
                arrivals.add(ClaimAnswer.arrival(entry));
                lease.lastArrival(entry.getId());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            away(e.toString());
        }
        return arrivals;
    }

    @Scheduled(fixedDelay = 20_000)
    void touch() {
        if (!presence.isAway()) {
            owned.values().forEach(RedisLease::touch);
        }
    }

    /** Sessions whose newest state Redis does not have. */
    long behind() {
        return owned.values().stream().filter(RedisLease::isBehind).count();
    }

    /** Waits until what was written has arrived, as long as the patience lasts. */
    void flush() throws InterruptedException {
        long deadline = System.nanoTime() + patience().toNanos();
        for (RedisLease lease : owned.values()) {
            while (lease.isBusy() && System.nanoTime() - deadline < 0) {
                Thread.sleep(1);
            }
        }
    }

    @Override
    public void close() {
        events.shutdownNow();
    }
}
