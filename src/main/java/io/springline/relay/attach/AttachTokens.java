package io.springline.relay.attach;

import io.springline.auth.Credentials;
import io.springline.auth.Revocations;
import io.springline.auth.TokenHash;
import io.springline.session.Backplane;
import io.springline.transport.ClientAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of servers, by their hashes. Without any, only servers on this machine may attach, and
 * only to a service without credentials. All replicas share the {@link Revocations}.
 */
final class AttachTokens {

    private final Map<String, AttachCredential> byDigest;
    private final Set<String> names;
    private final boolean open;
    private final Revocations revoked;
    private volatile Consumer<String> listener = _ -> {};

    /**
     * @param open whether clients need no credentials
     */
    AttachTokens(List<AttachProperties.Token> tokens, boolean open, Backplane backplane) {
        this.byDigest =
                tokens.stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        AttachProperties.Token::digest,
                                        AttachProperties.Token::credential));
        this.names =
                tokens.stream()
                        .map(AttachProperties.Token::name)
                        .collect(Collectors.toUnmodifiableSet());
        this.open = open;
        this.revoked =
                new Revocations(
                        "attach-tokens",
                        tokens.stream()
                                .collect(
                                        Collectors.toMap(
                                                AttachProperties.Token::name,
                                                AttachProperties.Token::digest,
                                                (first, _) -> first)),
                        name -> listener.accept(name),
                        backplane);
    }

    /** Sets who is called with the name of each token that is revoked from now on. */
    void onRevoked(Consumer<String> receiver) {
        listener = receiver;
    }

    /** Revokes a token on all replicas, see {@link Revocations#revoke}. */
    boolean revoke(String name) throws InterruptedException {
        return revoked.revoke(name);
    }

    boolean isRevoked(AttachCredential credential) {
        return revoked.contains(credential.token());
    }

    /** Applies the revocations of other replicas. */
    void sync() throws InterruptedException {
        if (!names.isEmpty()) {
            revoked.sync();
        }
    }

    /** Returns what a server may do; null if it presents no valid token. */
    @Nullable AttachCredential find(Credentials presented, ClientAddress address) {
        if (byDigest.isEmpty()) {
            return open && address.ip().isLoopbackAddress() ? AttachCredential.ANONYMOUS : null;
        }
        List<String> tokens = presented.tokens();
        AttachCredential found =
                tokens.size() == 1 ? byDigest.get(TokenHash.of(tokens.getFirst())) : null;
        return found == null || isRevoked(found) ? null : found;
    }

    /** Returns one line for a server that is refused. */
    String hint() {
        return byDigest.isEmpty()
                ? "Servers on other machines need a token: see springline.attach.tokens"
                : "A valid token of springline.attach.tokens is required: as Authorization: Bearer, or ?token=";
    }
}
