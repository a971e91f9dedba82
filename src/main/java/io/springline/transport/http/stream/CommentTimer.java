package io.springline.transport.http.stream;

/** Says when the next comment is due on a silent stream. For the one thread that writes. */
final class CommentTimer {

    private final StreamSettings settings;
    private boolean probing;
    private volatile long lastWriteNanos = System.nanoTime();

    CommentTimer(StreamSettings settings) {
        this.settings = settings;
        this.probing = settings.probes();
    }

    /** May be called by any thread. */
    long nextAt() {
        return lastWriteNanos + (probing ? settings.probeNanos() : settings.keepAliveNanos());
    }

    void written() {
        lastWriteNanos = System.nanoTime();
    }

    void eventsWritten() {
        probing = settings.probes();
        written();
    }

    void commentWritten() {
        probing = settings.probes() && !probing;
        written();
    }
}
