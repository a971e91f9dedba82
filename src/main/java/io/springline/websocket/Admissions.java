package io.springline.websocket;

/** Whether this node takes new connections. */
@FunctionalInterface
public interface Admissions {

    /** False when it is full or stopping. */
    boolean areOpen();
}
