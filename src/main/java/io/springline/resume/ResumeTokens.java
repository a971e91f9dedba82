package io.springline.resume;

import java.util.List;
import java.util.stream.Stream;

/**
 * The digests of the tokens that one session can be resumed with: the newest, and those of earlier
 * attempts until the client is known to have the newest. A cut can swallow the answer that carries
 * a token, and an attempt that the client has given up may be served behind a later one. Not
 * thread-safe: its connection guards it.
 */
final class ResumeTokens {

    /** Tokens that are good at most; {@code claim.lua} has the same limit. */
    private static final int MAX = 4;

    private List<String> good;

    /**
     * @param first the digest of the token that the client has
     */
    ResumeTokens(String first) {
        this(List.of(first));
    }

    /**
     * @param good newest first
     */
    ResumeTokens(List<String> good) {
        this.good = List.copyOf(good);
    }

    boolean isGood(String digest) {
        return good.contains(digest);
    }

    /** Adds a new token, if it is one; the token that was just used stays good. */
    void rotate(String used, String next) {
        good = Stream.concat(Stream.of(next, used), good.stream()).distinct().limit(MAX).toList();
    }

    /** The client has the newest. */
    void confirm() {
        good = List.of(good.getFirst());
    }

    /** Newest first. */
    List<String> digests() {
        return good;
    }
}
