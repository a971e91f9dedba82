package io.springline.relay.stdio;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lines of a child that are not messages: counts them, keeps them with its standard error, and
 * logs one of them every ten seconds. One thread adds; any thread may read the count.
 */
final class SkippedLines {

    private static final Logger log = LoggerFactory.getLogger(SkippedLines.class);

    private static final Duration COMPLAINT_INTERVAL = Duration.ofSeconds(10);

    /** The maximum number of characters of a line that are shown. */
    private static final int SHOWN = 200;

    private final String upstream;
    private final StderrRing stderr;
    private final AtomicLong count = new AtomicLong();
    private long lastComplaint = System.nanoTime() - COMPLAINT_INTERVAL.toNanos();

    SkippedLines(String upstream, StderrRing stderr) {
        this.upstream = upstream;
        this.stderr = stderr;
    }

    void add(byte[] line, String reason) {
        long skipped = count.incrementAndGet();
        String shown = shown(line);
        stderr.add(shown);
        long now = System.nanoTime();
        if (now - lastComplaint >= COMPLAINT_INTERVAL.toNanos()) {
            lastComplaint = now;
            log.warn(
                    "Upstream '{}' printed a line that is not a message; it is skipped: {}; {} skipped so far; line: {}",
                    upstream,
                    reason,
                    skipped,
                    shown);
        }
    }

    private static String shown(byte[] line) {
        // a UTF-8 character has at most four bytes
        var start = new String(line, 0, Math.min(line.length, 4 * SHOWN), StandardCharsets.UTF_8);
        return start.substring(0, Math.min(start.length(), SHOWN))
                .replaceAll("\\p{Cntrl}", "\uFFFD");
    }

    long count() {
        return count.get();
    }
}
