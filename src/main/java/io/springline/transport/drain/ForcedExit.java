package io.springline.transport.drain;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process if it has not ended some time after SIGTERM, whatever is stuck: a handler, a
 * session, a bean of a plug-in.
 */
final class ForcedExit {

    private static final Logger log = LoggerFactory.getLogger(ForcedExit.class);

    private ForcedExit() {}

    /** From now on the process ends at most this long after the JVM has begun to shut down. */
    static void install(Duration bound) {
        // Not in the hook itself: the JVM waits for hooks.
        Runnable exit =
                () ->
                        Thread.ofPlatform()
                                .daemon()
                                .name("forced-exit")
                                .start(() -> exitAfter(bound));
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(exit, "forced-exit-hook"));
        } catch (IllegalStateException e) {
            exit.run(); // SIGTERM came during the start
        }
    }

    private static void exitAfter(Duration bound) {
        try {
            Thread.sleep(bound);
        } catch (InterruptedException e) {
            return;
        }
        log.atError()
                .addKeyValue("seconds", bound.toSeconds())
                .log("the service has not stopped in time: the process ends now");
        Runtime.getRuntime().halt(1);
    }
}
