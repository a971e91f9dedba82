package io.springline.auth;

import io.springline.session.Backplane;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The names of tokens that operators have revoked. A revocation is sent to all replicas through the
 * {@link Backplane}. A replica that missed it, or that starts later, gets it from another replica.
 * Revocations are kept in memory only: if all replicas stop, the token is valid after the next
 * start, unless the operator has removed it from the configuration. Thread-safe.
 */
public final class Revocations {

    private static final String SEPARATOR = "\n";

    private final Set<String> revoked = ConcurrentHashMap.newKeySet();
    private final String kind;
    private final Predicate<String> isKnown;
    private final Consumer<String> listener;
    private final Backplane backplane;

    /**
     * @param kind distinguishes the tokens from others
     * @param isKnown whether this replica has a token of this name
     * @param listener called once for each revoked token; must not block
     */
    public Revocations(
            String kind,
            Predicate<String> isKnown,
            Consumer<String> listener,
            Backplane backplane) {
        this.kind = kind;
        this.isKnown = isKnown;
        this.listener = listener;
        this.backplane = backplane;
        backplane.answer(kind + ".revoke", name -> Boolean.toString(markRevoked(name)));
        backplane.answer(kind + ".revoked", _ -> String.join(SEPARATOR, revoked));
    }

    public boolean contains(String name) {
        return revoked.contains(name);
    }

    /**
     * Revokes a token on all replicas. Blocks for up to one second; replicas that do not respond in
     * time follow with their next {@link #sync}. Returns false if no replica has a token of this
     * name.
     */
    public boolean revoke(String name) throws InterruptedException {
        return backplane.ask(kind + ".revoke", name).contains("true");
    }

    private boolean markRevoked(String name) {
        boolean known = isKnown.test(name);
        if (known && revoked.add(name)) {
            listener.accept(name);
        }
        return known;
    }

    /** Applies the revocations of other replicas on this one. Blocks for up to one second. */
    public void sync() throws InterruptedException {
        for (String names : backplane.ask(kind + ".revoked", "")) {
            names.lines().forEach(this::markRevoked);
        }
    }
}
