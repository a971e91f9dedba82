package io.springline.session;

/** What becomes of a request whose id may have been seen before in its session. */
public enum Deduplication {
    /** It is the first of its id: run it. */
    NONE,
    /** It is in flight, or its answer has been sent again: nothing is to be done. */
    SERVED,
    /** Its answer has been acknowledged. */
    STALE
}
