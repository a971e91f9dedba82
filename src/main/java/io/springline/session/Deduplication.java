package io.springline.session;

/** The decision about a request whose id its session may have seen before. */
public enum Deduplication {
    /** The id is new: the request is to be run. */
    NONE,
    /** The request is running, or its answer was sent again: nothing is to be done. */
    SERVED,
    /** The answer was acknowledged: the request is to be refused. */
    STALE
}
