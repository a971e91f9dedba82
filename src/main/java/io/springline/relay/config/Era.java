package io.springline.relay.config;

/** The protocol revisions that an upstream is contacted with. */
public enum Era {
    /** {@code server/discover} first, then {@code initialize} over the same transport. */
    AUTO,
    /** Revisions up to 2025-11-25: {@code initialize}. */
    LEGACY,
    /** Revision 2026-07-28: {@code server/discover}. */
    MODERN
}
