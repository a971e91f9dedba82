package io.springline.feature.endpoint;

import io.springline.feature.RequestContext;
import io.springline.feature.SessionContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** What must happen before a client sees the features of an endpoint. Thread-safe. */
public final class Preparations {

    /** Makes features of one caller available. */
    public interface Preparation {

        /** Returns true if features differ by caller, so that the other methods must be called. */
        boolean isNeeded();

        /**
         * Lets the session receive changes of the caller's features, if they are available. Called
         * before the session subscribes to changes. Must not block.
         */
        void join(SessionContext session);

        /**
         * Called on the thread of the request. May block for a limited time.
         *
         * @return why some features are not available to the caller, for the caller
         */
        List<String> run(RequestContext context) throws InterruptedException;

        /**
         * Returns why features are not known yet, for no caller: which servers have not been
         * reached since the start. Must not block.
         *
         * @param usable whether the caller may use anything of the endpoint of this name
         */
        List<String> unreachable(Predicate<String> usable);
    }

    private final List<Preparation> all = new CopyOnWriteArrayList<>();

    public void add(Preparation preparation) {
        all.add(preparation);
    }

    /** Returns true if callers may see features that are not known before. */
    public boolean areNeeded() {
        return all.stream().anyMatch(Preparation::isNeeded);
    }

    /**
     * Returns which servers have not been reached since the start, and why. Does not block.
     *
     * @param usable whether the caller may use anything of the endpoint of this name
     */
    public List<String> unreachable(Predicate<String> usable) {
        return all.stream().flatMap(each -> each.unreachable(usable).stream()).toList();
    }

    /** Lets a session receive changes of features that differ by caller. Does not block. */
    public void join(SessionContext session) {
        all.stream().filter(Preparation::isNeeded).forEach(each -> each.join(session));
    }

    /** Runs all preparations for a request; returns why some features are not available. */
    public List<String> run(RequestContext context) throws InterruptedException {
        var reasons = new ArrayList<String>();
        for (Preparation each : all) {
            if (each.isNeeded()) {
                reasons.addAll(each.run(context));
            }
        }
        return reasons;
    }
}
