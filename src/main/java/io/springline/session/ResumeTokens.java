package io.springline.session;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The digests of the tokens that one session can be resumed with: the newest, and the one that it
 * replaced until the client is known to have the newest, since a cut can swallow the answer that
 * carries it. Not safe for use by many threads: its connection guards it.
 */
final class ResumeTokens {

    private final Consumer<String> good;
    private final Consumer<String> dead;
    private @Nullable String current;
    private @Nullable String previous;

    /**
     * @param good is given the digest of each new token
     * @param dead is given each digest that is good no longer
     */
    ResumeTokens(Consumer<String> good, Consumer<String> dead) {
        this.good = good;
        this.dead = dead;
    }

    ResumeToken first() {
        return next();
    }

    boolean isGood(String digest) {
        return digest.equals(current) || digest.equals(previous);
    }

    /** Replaces the tokens by a new one and the one that was just used. */
    ResumeToken rotate(String used) {
        List<String> before = digests();
        ResumeToken token = next();
        previous = used;
        before.stream().filter(each -> !each.equals(used)).forEach(dead);
        return token;
    }

    /** The client has the newest. */
    void confirm() {
        if (previous != null) {
            dead.accept(previous);
            previous = null;
        }
    }

    List<String> digests() {
        var digests = new ArrayList<String>(2);
        if (current != null) {
            digests.add(current);
        }
        if (previous != null) {
            digests.add(previous);
        }
        return digests;
    }

    private ResumeToken next() {
        ResumeToken token = ResumeToken.random();
        current = token.digest();
        good.accept(current);
        return token;
    }
}
