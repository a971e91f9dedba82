package io.springline.relay;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The servers that have attached, for operators. Thread-safe. */
public interface AttachedUpstreams {

    /** Where a server is. */
    enum State {
        /** It is connected. */
        ONLINE,
        /** Its connection broke, and it may resume its session. */
        STALE,
        /** It is not connected. */
        OFFLINE
    }

    /**
     * One name that servers attach under.
     *
     * @param token name of its token
     * @param address of the latest connection; null before the first
     * @param since when the state began
     * @param connects how many times it has attached
     * @param resumes how many times it has resumed its session
     * @param resumable whether it resumes its session
     * @param node the replica to which it is connected, or was last; null if that is this one
     */
    record View(
            String name,
            String token,
            State state,
            @Nullable String address,
            Instant since,
            int connects,
            int resumes,
            boolean resumable,
            @Nullable String node) {}

    /** Returns all names, sorted. Never blocks. */
    List<View> all();

    /**
     * Reads the lists of a server again.
     *
     * @return false if it is not connected
     */
    boolean refresh(String name);

    /**
     * Sends a {@code ping} to a server, and blocks for up to three seconds.
     *
     * @return the time until its answer; null if there is none
     */
    @Nullable Duration ping(String name) throws InterruptedException;

    /**
     * Returns the last lines that a server has written to standard error, and blocks for up to
     * three seconds; null if it is not attached by Springline's agent, or does not answer.
     */
    @Nullable List<String> stderr(String name) throws InterruptedException;

    /**
     * Closes the connection of a server, which may attach again.
     *
     * @return false if it is not connected
     */
    boolean disconnect(String name);

    /**
     * Makes a token invalid on all replicas until they have stopped, and closes the connections of
     * its servers. Blocks for up to one second.
     *
     * @return false if there is no such token
     */
    boolean revoke(String token) throws InterruptedException;
}
