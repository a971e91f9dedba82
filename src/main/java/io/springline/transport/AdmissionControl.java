package io.springline.transport;

/** Tells whether this node accepts new connections. */
@FunctionalInterface
public interface AdmissionControl {

    /** Returns false if the connection limit is reached or the node is stopping. */
    boolean areOpen();
}
