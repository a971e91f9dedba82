package io.springline.session;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The digests of the tokens that one session can be resumed with: the newest, and the one that it
 * replaced until the client is known to have the newest, since a cut can swallow the answer that
 * carries it. Not safe for use by many threads: its connection guards it.
 */
final class ResumeTokens {

    private String current;
    private @Nullable String previous;

    /**
     * @param first the digest of the token that the client has
     */
    ResumeTokens(String first) {
        this.current = first;
    }

    boolean isGood(String digest) {
        return digest.equals(current) || digest.equals(previous);
    }

    /** Replaces the tokens by a new one and the one that was just used. */
    void rotate(String used, String next) {
        current = next;
        previous = used;
    }

    /** The client has the newest. */
    void confirm() {
        previous = null;
    }

    List<String> digests() {
        return previous == null ? List.of(current) : List.of(current, previous);
    }
}
