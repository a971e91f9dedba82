package io.springline.transport.handshake;

/** Whether this node takes new connections. */
@FunctionalInterface
public interface AdmissionControl {

    /** False when it is full or stopping. */
    boolean areOpen();
}
