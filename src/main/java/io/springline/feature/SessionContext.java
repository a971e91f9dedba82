package io.springline.feature;

import io.springline.mcp.Topic;
import io.springline.session.Caller;
import java.util.function.Consumer;

/** Access to the session of a client. May be used from any thread while the session lasts. */
public interface SessionContext {

    /**
     * Returns the id of the client's session. It is the same for all requests of the session, also
     * after it was resumed, and cannot be guessed. A modern request over HTTP is a session of its
     * own.
     */
    String sessionId();

    Caller caller();

    /**
     * Returns a function that sends change notifications to this client only, if it has subscribed
     * to them.
     */
    Consumer<Topic> announcer();

    /**
     * Runs {@code action} once when the client's session ends. If it has ended, runs it at once.
     */
    void onSessionEnd(Runnable action);
}
