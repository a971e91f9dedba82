package io.springline.cluster.redis;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The formats of the data in Redis. During an update, nodes of two versions use the same Redis.
 * Each session, message, task, consent and record carries the number of its format. A node does not
 * use data with a higher number than its own; {@code docs/compatibility.md} says what happens
 * instead.
 *
 * <p>Additions that an older node can ignore do not change the number. To change it takes two minor
 * versions: the first one reads the new format, the second one writes it.
 */
public enum Format {
    /** All keys of one session. */
    SESSION(1, "sessions", "their clients must try again until they reach a newer node"),
    /** A message from one node to another. */
    MESSAGE(1, "messages between nodes", "they are ignored"),
    TASK(1, "tasks", "requests for them get an error, and can be repeated"),
    /** What belongs to the consent of a user. */
    CONSENT(1, "consents of users", "calls that need them fail, and can be repeated"),
    /** One of the records that all nodes share. */
    RECORD(1, "shared records", "the servers that they describe are not offered at this node");

    private static final Logger log = LoggerFactory.getLogger(Format.class);

    /** The maximum number of digits of a number. */
    private static final int DIGITS = 9;

    private final int number;
    private final String things;
    private final String consequence;
    private final AtomicInteger warned = new AtomicInteger();

    Format(int number, String things, String consequence) {
        this.number = number;
        this.things = things;
        this.consequence = consequence;
    }

    /** Returns the number that this version writes, which is the highest that it reads. */
    public int number() {
        return number;
    }

    /**
     * Returns true if this version reads the format with this number. If not, logs a warning the
     * first time.
     */
    public boolean accept(int found) {
        if (found <= number) {
            return true;
        }
        if (warned.getAndAccumulate(found, Math::max) < found) {
            log.atWarn()
                    .addKeyValue("format", found)
                    .addKeyValue("known", number)
                    .log(
                            "A newer version of Springline uses this Redis, and has written {} in"
                                    + " a format that this version does not know: {}. Update this node",
                            things,
                            consequence);
        }
        return false;
    }

    /** Returns the value with the number of this format before it. */
    public byte[] mark(byte[] value) {
        byte[] head = Bytes.of(number + " ");
        byte[] marked = Arrays.copyOf(head, head.length + value.length);
        System.arraycopy(value, 0, marked, head.length, value.length);
        return marked;
    }

    /** Returns the text with the number of this format before it. */
    public String mark(String value) {
        return number + " " + value;
    }

    /** Returns the text that was marked, or null if this version does not know its format. */
    public @Nullable String read(String marked) {
        byte[] value = read(Bytes.of(marked));
        return value == null ? null : Bytes.text(value);
    }

    /** Returns the value that was marked, or null if this version does not know its format. */
    public byte @Nullable [] read(byte[] marked) {
        int found = 0;
        int at = 0;
        while (at < marked.length && at < DIGITS && marked[at] >= '0' && marked[at] <= '9') {
            found = found * 10 + marked[at] - '0';
            at++;
        }
        boolean isMarked = at > 0 && at < marked.length && marked[at] == ' ';
        return accept(isMarked ? found : Integer.MAX_VALUE)
                ? Arrays.copyOfRange(marked, at + 1, marked.length)
                : null;
    }
}
