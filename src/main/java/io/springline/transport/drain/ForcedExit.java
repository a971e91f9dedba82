package io.springline.transport.drain;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process some time after SIGTERM, if it has not ended by itself: for example because a
 * handler, a session or a bean of a plug-in does not stop.
 */
final class ForcedExit {

    private static final Logger log = LoggerFactory.getLogger(ForcedExit.class);

    private ForcedExit() {}

    /** Makes the process end at most this long after the JVM has begun to shut down. */
    static void install(Duration bound) {
        // Not in the hook itself, since the JVM waits for hooks.
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
                .log("the service has not stopped in time: ending the process now");
        Runtime.getRuntime().halt(1);
    }
}
