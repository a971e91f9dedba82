package io.springline.cluster;

import io.lettuce.core.StreamMessage;
import io.springline.resume.ResumeResult.Reason;
import io.springline.resume.SessionLease;
import io.springline.resume.SessionProperties;
import io.springline.resume.SessionStore;
import io.springline.resume.StoredSession;
import io.springline.session.Outbound;
import io.springline.session.StateLock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
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

    /** Most events that wait: each session is lost once, and has one read of arrivals at a time. */
    private static final int EVENTS = 1_000_000;

    private final Redis redis;
    private final Keys keys;
    private final ClusterMembership presence;
    private final NodeMessenger mail;
    private final ClusterRuntime runtime;
    private final String node;
    private final byte[] life;
    private final long maxBuffered;
    private final RedisClock clock = new RedisClock();
    private final Map<String, RedisLease> owned = new ConcurrentHashMap<>();
    private final Map<String, ForwardQueue> forwarding = new ConcurrentHashMap<>();
    private final Map<String, RedisLease> refused = new ConcurrentHashMap<>();
    private final LongAdder dropped = new LongAdder();
    private final SerialExecutor events;

    private @Nullable Listener listener;

    RedisSessionStore(
            Redis redis,
            Keys keys,
            ClusterMembership presence,
            NodeMessenger mail,
            SessionProperties sessions,
            ClusterRuntime runtime) {
        this.redis = redis;
        this.keys = keys;
        this.presence = presence;
        this.mail = mail;
        this.runtime = runtime;
        this.node = presence.node();
        this.life = Bytes.of(sessions.grace().plus(TOUCH.multipliedBy(3)).toMillis());
        this.maxBuffered = sessions.maxBuffered().toBytes();
        this.events = new SerialExecutor(runtime, EVENTS);
        mail.on("moved", (session, _) -> lost(session));
        mail.on("arrived", (session, _) -> readArrivals(session));
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
        assert StateLock.noneHeld("call of the listener");
        return Objects.requireNonNull(listener, "listen comes first");
    }

    @Override
    public SessionLease open(Binding binding, String digest) throws InterruptedException {
        RedisLease lease = RedisLease.opened(this, binding);
        owned.put(binding.session(), lease);
        lease.push(presence.isAway() ? null : StoredSession.opened(digest)).await();
        return lease;
    }

    /**
     * A claim that gets no answer in time may still be executed, but not after its deadline: by
     * then the client may be at another node, from which a late claim would take the session away.
     * The token that the client has stays good, so it can try again.
     */
    @Override
    public Claim claim(Attempt attempt) throws InterruptedException {
        long interruptions = presence.interruptions();
        if (presence.state() != ClusterMembership.State.JOINED) {
            return new Away();
        }
        long deadline = runtime.nanoTime() + patience().toNanos();
        try {
            List<Object> answer = claim(attempt, deadline);
            if (result(answer).equals("late")) {
                answer = claim(attempt, deadline); // Redis' clock is known now
            }
            String result = result(answer);
            return switch (result) {
                case "ok" -> claimed(attempt, answer);
                case "late" -> new Away();
                case "unknown" ->
                        presence.holdsEverythingSince(interruptions)
                                ? new Denied(Reason.UNKNOWN)
                                : new Away();
                default -> new Denied(reason(result));
            };
        } catch (TimeoutException e) {
            away("no answer to a claim");
        } catch (ExecutionException e) {
            failed("claim", e);
        }
        return new Away();
    }

    private static String result(List<Object> answer) {
        return Bytes.text((byte[]) answer.getFirst());
    }

    private List<Object> claim(Attempt attempt, long deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
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
                        life,
                        Bytes.of(clock.millisAt(deadline)));
        Duration left = Duration.ofNanos(Math.max(0, deadline - runtime.nanoTime()));
        List<Object> answer =
                runtime.await(this.<List<Object>>run(Script.CLAIM, binding, arguments), left);
        clock.read(Bytes.number((byte[]) answer.get(1)), runtime.nanoTime());
        return answer;
    }

    private Claim claimed(Attempt attempt, List<Object> answer) {
        ClaimAnswer claimed = ClaimAnswer.of(answer);
        String session = attempt.binding().session();
        RedisLease lease = RedisLease.claimed(this, attempt.binding(), claimed);
        RedisLease newest = owned.merge(session, lease, (a, b) -> a.fence() > b.fence() ? a : b);
        if (!claimed.former().equals(node)) {
            mail.send(claimed.former(), "moved", session, Bytes.NONE);
        }
        return newest == lease ? new Claimed(lease, claimed.session()) : new Away();
    }

    private static Reason reason(String wireName) {
        Reason reason = Reason.of(wireName);
        return reason == null ? Reason.UNKNOWN : reason;
    }

    @Override
    public boolean isAlive(String other) {
        return presence.isAlive(other);
    }

    <T> CompletionStage<T> run(Script script, Binding binding, List<byte[]> arguments) {
        assert StateLock.noneHeld("command to Redis");
        return redis.run(script, keys.session(binding.session()), arguments);
    }

    Duration patience() {
        return presence.patience();
    }

    /** How long Redis keeps a session of which nothing is heard, in milliseconds. */
    byte[] life() {
        return life;
    }

    ClusterRuntime runtime() {
        return runtime;
    }

    /** Most bytes that are kept for the client of one session. */
    long maxBuffered() {
        return maxBuffered;
    }

    /** The queues that are in use, each by a name of its own. */
    Map<String, ForwardQueue> forwarding() {
        return forwarding;
    }

    void away(String why) {
        presence.away(why);
    }

    /** A command has failed; whether Redis is away depends on how. */
    void failed(String what, Throwable failure) {
        if (Redis.isOutage(failure)) {
            away(failure.toString());
        } else {
            log.atWarn()
                    .addKeyValue("command", what)
                    .setCause(failure)
                    .log("Redis has answered a command with an error");
        }
    }

    /** Redis is away: sessions go on from memory. */
    void fallBehind() {
        owned.values().forEach(RedisLease::fallBehind);
    }

    /** Redis is back: writes all that it may have missed or lost. */
    void rejoin() {
        for (RedisLease lease : owned.values()) {
            lease.fallBehind();
            catchUp(lease);
        }
        forwarding.values().forEach(ForwardQueue::sendAgain);
    }

    /** Redis has lost a session, or missed some of it. */
    void behind(RedisLease lease) {
        later(() -> catchUp(lease));
    }

    /** The session of a lease can be found by the {@link Listener} from now on. */
    void ready(RedisLease lease) {
        if (lease.isBehind()) {
            behind(lease);
        }
        lease.poll(() -> {});
    }

    private void catchUp(RedisLease lease) {
        if (!presence.isAway() && lease.catchUp()) {
            lease.push(listener().snapshot(lease.binding().session(), lease.fence()));
        }
    }

    /** A command of a lease, which is behind now, has failed. */
    void failed(RedisLease lease, Throwable failure) {
        failed("write", failure);
        if (Redis.isOutage(failure)) {
            behind(lease); // Redis may be back already
        } else {
            refused.put(lease.binding().session(), lease);
        }
    }

    /** Tries again what Redis has answered with an error. */
    @Scheduled(fixedDelay = 1_000)
    void retry() {
        forwarding.values().forEach(ForwardQueue::resume);
        refused.forEach((session, lease) -> {
            refused.remove(session, lease);
            behind(lease);
        });
    }

    /** A write of this lease was refused. */
    void lost(RedisLease lease) {
        owned.remove(lease.binding().session(), lease);
        later(() -> listener().moved(lease.binding().session(), lease.fence()));
    }

    /** Another node claims to own a session: an empty write finds out. */
    private void lost(String session) {
        RedisLease lease = owned.get(session);
        if (lease != null) {
            lease.touch();
        }
    }

    void ended(RedisLease lease) {
        owned.remove(lease.binding().session(), lease);
    }

    /** Runs an event after those before it; false if it is not run. */
    boolean later(Runnable event) {
        return events.execute(event);
    }

    CompletionStage<byte[]> forward(Binding binding, Outbound message) {
        return run(
                Script.FORWARD,
                binding,
                List.of(
                        Bytes.of(message.answers()),
                        Bytes.of(node),
                        Bytes.of(message.kind().name()),
                        message.payload(),
                        life,
                        Bytes.of(maxBuffered)));
    }

    void notifyArrival(String owner, String session) {
        mail.send(owner, "arrived", session, Bytes.NONE);
    }

    /** A message of a moved call does not reach the owner. */
    void dropped(Binding binding, String why) {
        dropped.increment();
        log.debug("a message of session {} was dropped: {}", binding.session(), why);
    }

    void tell(String other, String session, byte[] message) {
        mail.send(other, "told", session, message);
    }

    private void readArrivals(String session) {
        RedisLease lease = owned.get(session);
        if (lease != null) {
            lease.poll(() -> {});
        }
    }

    CompletionStage<List<StreamMessage<byte[], byte[]>>> arrivals(Binding binding) {
        return redis.entries(keys.arrivals(binding.session()));
    }

    void arrived(RedisLease lease, ForwardedMessage arrival) {
        listener().arrived(lease.binding().session(), lease.fence(), arrival);
    }

    @Scheduled(fixedDelay = 20_000)
    void touch() {
        if (!presence.isAway()) {
            owned.values().forEach(RedisLease::touch);
        }
    }

    /** Sessions that this node owns, as far as it knows. */
    int count() {
        return owned.size();
    }

    /** Sessions whose newest state Redis does not have. */
    long behind() {
        return owned.values().stream().filter(RedisLease::isBehind).count();
    }

    /** Messages of moved calls that were dropped, since too many waited. */
    long dropped() {
        return dropped.sum();
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
        events.close();
    }
}
