package io.springline.cluster.node;

import io.springline.cluster.redis.Bytes;
import io.springline.cluster.redis.Format;
import io.springline.cluster.redis.Keys;
import io.springline.cluster.redis.Redis;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends short messages between nodes, at most once, in the form {@code format kind subject\n} and a
 * body. Messages are read one at a time in the order of arrival. If {@value #WAITING} messages or
 * {@value #WAITING_BYTES} bytes wait, further ones are dropped and counted.
 */
public final class NodeMessenger implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(NodeMessenger.class);
    private static final int WAITING = 10_000;
    private static final long WAITING_BYTES = 32 * 1024 * 1024;

    /** Reads one kind of message. Must not block, since the messages of all sessions wait. */
    @FunctionalInterface
    public interface Reader {
        void read(String subject, byte[] body) throws Exception;
    }

    private final Redis redis;
    private final Keys keys;
    private final Map<String, Reader> readers = new ConcurrentHashMap<>();
    private final LongAdder dropped = new LongAdder();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final SerialExecutor reading;

    public NodeMessenger(Redis redis, Keys keys, ClusterRuntime runtime) {
        this.redis = redis;
        this.keys = keys;
        this.reading = new SerialExecutor(runtime, WAITING);
    }

    public void on(String kind, Reader reader) {
        readers.put(kind, reader);
    }

    /** Returns the number of receivers; more than there are if it is not known. */
    public CompletionStage<Long> send(String node, String kind, String subject, byte[] body) {
        return redis.publish(keys.channel(node), message(kind, subject, body));
    }

    void sendToAll(String kind, String subject, byte[] body) {
        redis.publish(keys.all(), message(kind, subject, body));
    }

    private static byte[] message(String kind, String subject, byte[] body) {
        byte[] head = Bytes.of(kind + " " + subject + "\n");
        byte[] message = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, message, head.length, body.length);
        return Format.MESSAGE.mark(message);
    }

    /** Queues a message that the listening connection has received. Does not block. */
    public void heard(byte[] message) {
        long all = waitingBytes.addAndGet(message.length);
        boolean fits = all <= WAITING_BYTES || all == message.length;
        if (!fits || !reading.execute(() -> readWaiting(message))) {
            waitingBytes.addAndGet(-message.length);
            dropped.increment();
        }
    }

    private void readWaiting(byte[] message) {
        try {
            read(message);
        } finally {
            waitingBytes.addAndGet(-message.length);
        }
    }

    private void read(byte[] marked) {
        byte[] message = Format.MESSAGE.read(marked);
        if (message == null) {
            return;
        }
        int end = 0;
        while (end < message.length && message[end] != '\n') {
            end++;
        }
        String[] head = Bytes.text(Arrays.copyOf(message, end)).split(" ", 2);
        Reader reader = readers.get(head[0]);
        if (reader == null || head.length < 2 || end == message.length) {
            log.debug("ignored: message of kind {}", head[0]);
            return;
        }
        try {
            reader.read(head[1], Arrays.copyOfRange(message, end + 1, message.length));
        } catch (Exception e) {
            log.atWarn()
                    .addKeyValue("kind", head[0])
                    .setCause(e)
                    .log("a message from another node cannot be read");
        }
    }

    /** Returns the number of dropped messages since the start. */
    public long dropped() {
        return dropped.sum();
    }

    @Override
    public void close() {
        reading.close();
    }
}
