package io.springline.relay.attach;

/** One WebSocket of a server. Called by one thread at a time. */
interface AttachedSocket {

    /** The connection is open. Does not block. */
    void begin();

    /** Takes a message. May hold back the reader of the connection. */
    void handle(byte[] bytes) throws InterruptedException;

    /**
     * The connection has ended.
     *
     * @param mayResume whether the server may come back to its session
     */
    void ended(String reason, boolean mayResume);
}
