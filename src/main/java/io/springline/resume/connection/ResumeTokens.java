package io.springline.resume.connection;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The digests of the tokens that can resume one session: the newest, and those of earlier attempts
 * until the client has the newest. A lost connection may swallow the answer that carries a token,
 * and an attempt that the client has given up may be served after a later one. Not thread-safe: the
 * connection guards it.
 */
final class ResumeTokens {

    /**
     * The maximum number of valid tokens; {@code claim.lua} has the same limit. Each attempt to
     * resume adds one, even if the client has given it up. The token that the client holds must
     * stay among them.
     */
    static final int MAX = 16;

    /** The highest number of offered tokens; each has an attempt that is being served. */
    private static final int MAX_OFFERED = 2;

    private List<String> good;
    private List<String> offered = List.of();

    /**
     * @param first the digest of the token that the client has
     */
    ResumeTokens(String first) {
        this(List.of(first));
    }

    /**
     * @param good digests, newest first
     */
    ResumeTokens(List<String> good) {
        this.good = List.copyOf(good);
    }

    boolean isGood(String digest) {
        return good.contains(digest);
    }

    /**
     * Adds a token to {@link #digests} that will be good once it is {@linkplain #rotate rotated}.
     * Another attempt does not remove it, since its client may receive it at any moment.
     */
    void offer(String next) {
        offered = Stream.concat(Stream.of(next), offered.stream()).limit(MAX_OFFERED).toList();
    }

    /** Adds a new token. The token that was just used stays good. */
    void rotate(String used, String next) {
        offered = offered.stream().filter(each -> !each.equals(next)).toList();
        good = Stream.concat(Stream.of(next, used), good.stream()).distinct().limit(MAX).toList();
    }

    /** Drops all tokens but the newest, since the client has it. */
    void confirm() {
        good = List.of(good.getFirst());
    }

    /** Returns the digests for the store: the newest, those that are offered, and older ones. */
    List<String> digests() {
        return Stream.of(good.stream().limit(1), offered.stream(), good.stream().skip(1))
                .flatMap(Function.identity())
                .distinct()
                .limit(MAX)
                .toList();
    }
}
