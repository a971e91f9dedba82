package io.springline.relay;

/** The numbers of one upstream, for meters. Counters only grow. */
public interface UpstreamCounters {

    String name();

    boolean isUp();

    /** Processes or HTTP sessions at the moment. */
    int connections();

    long restarts();

    /** Calls that were sent and have ended. */
    long calls();

    /** Of those, how many ended without a result. */
    long failures();

    /** The time that all calls took together. */
    double totalNanos();
}
