package io.springline.resume;

import io.springline.resume.store.ResumeResult.Reason;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * The numbers of resumed, refused and ended sessions of this node since the start. Safe for use by
 * many threads.
 */
public final class ResumeCounters {

    private final LongAdder resumed = new LongAdder();
    private final LongAdder[] refused = adders();
    private final LongAdder[] ended = adders();

    private static LongAdder[] adders() {
        return Stream.generate(LongAdder::new)
                .limit(Reason.values().length)
                .toArray(LongAdder[]::new);
    }

    void recordResumed() {
        resumed.increment();
    }

    void recordRefused(Reason reason) {
        refused[reason.ordinal()].increment();
    }

    void recordEnded(Reason reason) {
        ended[reason.ordinal()].increment();
    }

    /** Returns the number of successful attempts. */
    public long resumed() {
        return resumed.sum();
    }

    /** Returns the number of attempts refused for this reason. */
    public long refused(Reason reason) {
        return refused[reason.ordinal()].sum();
    }

    /**
     * Returns the number of sessions that ended for this reason. {@link Reason#UNKNOWN} stands for
     * sessions that were closed.
     */
    public long ended(Reason reason) {
        return ended[reason.ordinal()].sum();
    }
}
