package io.springline.cluster.session;

import io.lettuce.core.StreamMessage;
import io.springline.cluster.node.ClusterMembership;
import io.springline.cluster.node.ClusterRuntime;
import io.springline.cluster.node.NodeMessenger;
import io.springline.cluster.node.SerialExecutor;
import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Format;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import io.springline.cluster.redis.Script;
import io.springline.concurrent.SchedulerNames;
import io.springline.concurrent.StateLock;
import io.springline.resume.SessionProperties;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.Runner;
import io.springline.resume.store.SessionStore;
import io.springline.resume.store.StoredSession;
import io.springline.session.Outbound;
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
 * A session store in Redis. Each session has a hash, a stream of its messages, its running and its
 * settled requests, and a stream of messages that former owners have forwarded. While Redis is
 * unreachable, sessions continue from memory. Thread-safe.
 */
public final class RedisSessionStore implements SessionStore, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RedisSessionStore.class);

    /** The interval at which an owner renews the expiry of its sessions. */
    private static final Duration TOUCH = Duration.ofSeconds(20);

    /**
     * The highest number of waiting events. Each session is lost once, and has one read at a time.
     */
    private static final int EVENTS = 1_000_000;

    private final Redis redis;
    private final Keys keys;
    private final ClusterMembership membership;
    private final NodeMessenger messenger;
    private final ClusterRuntime runtime;
    private final String node;
    private final Duration life;
    private final long maxBuffered;
    private final ClaimCommand claims = new ClaimCommand(this);
    private final Map<String, RedisLease> owned = new ConcurrentHashMap<>();
    private final Map<String, ForwardQueue> forwarding = new ConcurrentHashMap<>();
    private final Map<String, RedisLease> refused = new ConcurrentHashMap<>();
    private final LongAdder dropped = new LongAdder();
    private final SerialExecutor events;

    private @Nullable Listener listener;

    public RedisSessionStore(
            Redis redis,
            Keys keys,
            ClusterMembership membership,
            NodeMessenger messenger,
            SessionProperties sessions,
            ClusterRuntime runtime) {
        this.redis = redis;
        this.keys = keys;
        this.membership = membership;
        this.messenger = messenger;
        this.runtime = runtime;
        this.node = membership.node();
        this.life = sessions.grace().plus(TOUCH.multipliedBy(3));
        this.maxBuffered = sessions.maxBuffered().toBytes();
        this.events = new SerialExecutor(runtime, EVENTS);
        messenger.on("moved", (session, _) -> lost(session));
        messenger.on("arrived", (session, _) -> readArrivals(session));
        messenger.on("told", (session, message) -> listener().told(session, message));
    }

    @Override
    public String node() {
        return node;
    }

    @Override
    public boolean isShared() {
        return !membership.isAway();
    }

    @Override
    public boolean isIsolated() {
        return membership.isIsolated();
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
    public Opened open(Binding binding, StoredSession session) throws InterruptedException {
        RedisLease lease = RedisLease.opened(this, binding);
        owned.put(binding.session(), lease);
        return new Opened(lease, lease.push(membership.isAway() ? null : session).await());
    }

    /**
     * Claims a session. A claim that is not answered in time may still be executed, but not after
     * its deadline: the client may then be at another node, which a late claim would deprive of the
     * session. The client's token stays good, so it can try again.
     */
    @Override
    public Claim claim(Attempt attempt) throws InterruptedException {
        long interruptions = membership.interruptions();
        if (membership.state() != ClusterMembership.State.JOINED) {
            return new Away();
        }
        try {
            List<Object> answer = claims.send(attempt);
            String result = ClaimCommand.result(answer);
            return switch (result) {
                case "ok" -> claimed(attempt, answer);
                case "late" -> new Away();
                case "newer" -> newer(answer);
                case "unknown" ->
                        membership.holdsEverythingSince(interruptions)
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

    private Claim claimed(Attempt attempt, List<Object> answer) {
        ClaimAnswer claimed = ClaimAnswer.of(answer);
        String session = attempt.binding().session();
        RedisLease lease = RedisLease.claimed(this, attempt.binding(), claimed);
        RedisLease newest = owned.merge(session, lease, (a, b) -> a.fence() > b.fence() ? a : b);
        if (!claimed.former().equals(node)) {
            messenger.send(claimed.former(), "moved", session, Bytes.NONE);
        }
        return newest == lease ? new Claimed(lease, claimed.session()) : new Away();
    }

    /** Leaves the session to nodes that know its format. The client's token stays good. */
    private static Claim newer(List<Object> answer) {
        Format.SESSION.accept((int) Bytes.number((byte[]) answer.get(2)));
        return new Away();
    }

    private static Reason reason(String wireName) {
        Reason reason = Reason.of(wireName);
        return reason == null ? Reason.UNKNOWN : reason;
    }

    @Override
    public boolean checkAlive(String other) {
        return membership.checkAlive(other);
    }

    <T> CompletionStage<T> run(Script script, Binding binding, List<byte[]> arguments) {
        assert StateLock.noneHeld("command to Redis");
        return redis.run(script, keys.session(binding.session()), arguments);
    }

    Duration patience() {
        return membership.patience();
    }

    /** Returns the time after which Redis expires a session that is not renewed. */
    Duration life() {
        return life;
    }

    ClusterRuntime runtime() {
        return runtime;
    }

    /** Returns the highest number of bytes that are kept for the client of one session. */
    long maxBuffered() {
        return maxBuffered;
    }

    /** Returns the queues that are in use, by their names. */
    Map<String, ForwardQueue> forwarding() {
        return forwarding;
    }

    /** Returns the number of sessions whose messages this node forwards to their new owners. */
    public int forwardedSessions() {
        return forwarding.size();
    }

    boolean isAwayFor(Duration time) {
        return membership.isAwayFor(time);
    }

    void away(String why) {
        membership.away(why);
    }

    /** Handles a failed command. Redis counts as unreachable if the failure is an outage. */
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

    /** Marks all sessions as behind, because Redis is unreachable. They continue from memory. */
    public void fallBehind() {
        owned.values().forEach(RedisLease::fallBehind);
    }

    /** Writes everything that Redis may have missed or lost, because it can be reached again. */
    public void rejoin() {
        for (RedisLease lease : owned.values()) {
            lease.fallBehind();
            catchUp(lease);
        }
        forwarding.values().forEach(ForwardQueue::sendAgain);
    }

    /** Writes a session again that Redis has lost, or of which it has missed a part. */
    void behind(RedisLease lease) {
        later(() -> catchUp(lease));
    }

    /** Lets the {@link Listener} receive notices for the session of a lease. */
    void ready(RedisLease lease) {
        if (lease.isBehind()) {
            behind(lease);
        }
        lease.poll(() -> {});
    }

    private void catchUp(RedisLease lease) {
        if (!membership.isAway() && lease.catchUp()) {
            lease.push(listener().snapshot(lease.binding().session(), lease.fence()));
        }
    }

    /** Handles a failed command of a lease, which is behind from then on. */
    void failed(RedisLease lease, Throwable failure) {
        failed("write", failure);
        if (Redis.isOutage(failure)) {
            behind(lease); // Redis may be back already
        } else {
            refused.put(lease.binding().session(), lease);
        }
    }

    /** Repeats the commands that Redis has answered with an error. */
    @Scheduled(fixedDelay = 1_000, scheduler = SchedulerNames.SPRINGLINE)
    public void retry() {
        forwarding.values().forEach(ForwardQueue::resume);
        refused.forEach((session, lease) -> {
            refused.remove(session, lease);
            behind(lease);
        });
    }

    /** Handles a refused write of a lease. */
    void lost(RedisLease lease) {
        owned.remove(lease.binding().session(), lease);
        later(() -> listener().moved(lease.binding().session(), lease.fence()));
    }

    /** Checks by an empty write whether another node owns the session, as it claims. */
    private void lost(String session) {
        RedisLease lease = owned.get(session);
        if (lease != null) {
            lease.touch();
        }
    }

    void ended(RedisLease lease) {
        owned.remove(lease.binding().session(), lease);
    }

    /** Runs an event after the earlier ones. Returns false if the event is not run. */
    boolean later(Runnable event) {
        return events.execute(event);
    }

    /**
     * @param number the number of the message in the log of its owner, or 0
     * @param fence the fencing token of that owner
     */
    CompletionStage<byte[]> forward(Binding binding, Outbound message, long number, long fence) {
        return run(
                Script.FORWARD,
                binding,
                List.of(
                        Bytes.of(message.answers()),
                        LeaseRunner.text(new Runner(fence, node)),
                        Bytes.of(message.kind().name()),
                        message.payload(),
                        Bytes.of(life.toMillis()),
                        Bytes.of(maxBuffered),
                        Bytes.of(number),
                        Bytes.of(fence),
                        Bytes.of(message.belongsTo())));
    }

    void notifyArrival(String owner, String session) {
        messenger.send(owner, "arrived", session, Bytes.NONE);
    }

    /** Records that a message of a moved call does not reach the owner. */
    void dropped(Binding binding, String why) {
        dropped.increment();
        log.debug("a message of session {} was dropped: {}", binding.session(), why);
    }

    void tell(String other, String session, byte[] message) {
        messenger.send(other, "told", session, message);
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

    /** Renews the expiry of this node's sessions. */
    @Scheduled(fixedDelay = 20_000, scheduler = SchedulerNames.SPRINGLINE)
    public void touch() {
        if (!membership.isAway()) {
            owned.values().forEach(RedisLease::touch);
        }
    }

    /** Returns the number of sessions that this node owns, as far as it knows. */
    public int count() {
        return owned.size();
    }

    /** Returns the number of sessions whose newest state Redis does not have. */
    public long behind() {
        return owned.values().stream().filter(RedisLease::isBehind).count();
    }

    /** Returns the number of dropped messages of moved calls since the start. */
    public long dropped() {
        return dropped.sum();
    }

    /** Blocks until all writes and forwarded messages are answered, for at most the patience. */
    public void flush() throws InterruptedException {
        long deadline = System.nanoTime() + patience().toNanos();
        while (isBusy() && System.nanoTime() - deadline < 0) {
            Thread.sleep(1);
        }
    }

    private boolean isBusy() {
        return owned.values().stream().anyMatch(RedisLease::isBusy)
                || forwarding.values().stream().anyMatch(ForwardQueue::isBusy);
    }

    @Override
    public void close() {
        events.close();
    }
}
