package io.springline.relay.attach.connection;

/** What a server can process. */
public enum Profile {
    /** Everything. */
    STANDARD,
    /**
     * A microcontroller: messages of 1,024 bytes at most, without {@code _meta}, one call at a
     * time.
     */
    DEVICE
}
