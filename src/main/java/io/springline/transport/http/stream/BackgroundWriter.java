package io.springline.transport.http.stream;

import jakarta.servlet.AsyncContext;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what an event stream has to send, and ends it. The stream runs it in one thread at a time.
 */
final class BackgroundWriter implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(BackgroundWriter.class);

    private final ResponseStream stream;
    private final EventWriter events;
    private final AsyncContext async;
    private final Runnable onEnd;

    BackgroundWriter(
            ResponseStream stream, EventWriter events, AsyncContext async, Runnable onEnd) {
        this.stream = stream;
        this.events = events;
        this.async = async;
        this.onEnd = onEnd;
    }

    @Override
    public void run() {
        boolean ended = true;
        try {
            NextWrite next;
            do {
                next = stream.next();
                stream.write(next, events);
            } while (next != NextWrite.PAUSE && next != NextWrite.END);
            ended = next == NextWrite.END;
        } catch (IOException e) {
            log.debug("a client went away: {}", e.toString());
        } finally {
            if (ended) {
                end();
            }
        }
    }

    private void end() {
        stream.closed();
        try {
            onEnd.run();
        } finally {
            try {
                async.complete();
            } catch (IllegalStateException e) {
                log.debug("the response had ended: {}", e.toString());
            }
        }
    }
}
