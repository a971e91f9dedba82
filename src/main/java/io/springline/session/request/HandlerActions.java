package io.springline.session.request;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs actions that handlers have registered. If one throws, logs the exception and runs the
 * others.
 */
public final class HandlerActions {

    private static final Logger log = LoggerFactory.getLogger(HandlerActions.class);

    private HandlerActions() {}

    public static void run(Iterable<Runnable> actions) {
        actions.forEach(HandlerActions::run);
    }

    public static void run(Runnable action) {
        try {
            action.run();
        } catch (Throwable thrown) {
            log.atError().setCause(thrown).log("an action of a handler failed");
        }
    }
}
