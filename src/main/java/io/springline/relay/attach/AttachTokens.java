package io.springline.relay.attach;

import io.springline.auth.Credentials;
import io.springline.auth.token.Revocations;
import io.springline.auth.token.TokenHash;
import io.springline.session.Backplane;
import io.springline.transport.ClientAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of servers, by their hashes. Without any, only servers on this machine may attach, and
 * only to a service without credentials. All replicas share the {@link Revocations}.
 */
final class AttachTokens {

    private record Index(
            Map<String, AttachCredential> byDigest,
            Map<String, AttachCredential> byName,
            Map<String, String> digests) {

        static Index of(List<AttachProperties.Token> tokens) {
            return new Index(
                    tokens.stream()
                            .collect(
                                    Collectors.toUnmodifiableMap(
                                            AttachProperties.Token::digest,
                                            AttachProperties.Token::credential)),
                    tokens.stream()
                            .collect(
                                    Collectors.toUnmodifiableMap(
                                            AttachProperties.Token::name,
                                            AttachProperties.Token::credential)),
                    tokens.stream()
                            .collect(
                                    Collectors.toUnmodifiableMap(
                                            AttachProperties.Token::name,
                                            AttachProperties.Token::digest)));
        }
    }

    private final boolean empty;
    private final boolean open;
    private final Revocations revoked;
    private volatile List<AttachProperties.Token> tokens;
    private volatile Index index;
    private volatile Runnable listener = () -> {};

    /**
     * @param open whether clients need no credentials
     */
    AttachTokens(List<AttachProperties.Token> tokens, boolean open, Backplane backplane) {
        this.tokens = tokens;
        this.index = Index.of(tokens);
        this.empty = tokens.isEmpty();
        this.open = open;
        this.revoked =
                new Revocations(
                        "attach-tokens",
                        () -> this.index.digests,
                        _ -> Thread.startVirtualThread(() -> listener.run()),
                        backplane);
    }

    /** Returns true if no tokens were configured at the start; none are added then. */
    boolean isEmpty() {
        return empty;
    }

    /** Removes the tokens that these do not contain, or contain in another form. */
    void retain(List<AttachProperties.Token> next) {
        replace(tokens.stream().filter(next::contains).toList());
        listener.run();
    }

    /** Replaces all tokens. */
    void replace(List<AttachProperties.Token> next) {
        tokens = next;
        index = Index.of(next);
    }

    /** Sets who is called when tokens are not valid any more. */
    void onRevoked(Runnable receiver) {
        listener = receiver;
    }

    Revocations revocations() {
        return revoked;
    }

    /** Revokes a token on all replicas, see {@link Revocations#revoke}. */
    boolean revoke(String name) throws InterruptedException {
        return revoked.revoke(name);
    }

    /** Returns true if the token was revoked, removed or changed. */
    boolean isRevoked(AttachCredential credential) {
        return credential != AttachCredential.ANONYMOUS
                && (!credential.equals(index.byName.get(credential.token()))
                        || revoked.contains(credential.token()));
    }

    /** Returns the credential of the token of this name; null if it is not valid here. */
    @Nullable AttachCredential named(String token) {
        if (isEmpty()) {
            return AttachCredential.ANONYMOUS.token().equals(token)
                    ? AttachCredential.ANONYMOUS
                    : null;
        }
        AttachCredential found = index.byName.get(token);
        return found == null || isRevoked(found) ? null : found;
    }

    /** Returns whether the name is the only one of another token: it is for its server alone. */
    boolean isOnlyNameOfAnother(AttachCredential credential, String name) {
        return !name.equals(credential.onlyName())
                && index.byName.values().stream()
                        .anyMatch(each -> name.equals(each.onlyName()) && !isRevoked(each));
    }

    /** Applies the revocations of other replicas. */
    void sync() throws InterruptedException {
        if (!isEmpty()) {
            revoked.sync();
        }
    }

    /** Returns what a server may do; null if it presents no valid token. */
    @Nullable AttachCredential find(Credentials presented, ClientAddress address) {
        if (isEmpty()) {
            return open && address.ip().isLoopbackAddress() ? AttachCredential.ANONYMOUS : null;
        }
        List<String> presentedTokens = presented.tokens();
        AttachCredential found =
                presentedTokens.size() == 1
                        ? index.byDigest.get(TokenHash.of(presentedTokens.getFirst()))
                        : null;
        return found == null || isRevoked(found) ? null : found;
    }

    /** Returns one line for a server that is refused. */
    String hint() {
        return isEmpty()
                ? "Servers on other machines need a token: see springline.attach.tokens"
                : "A valid token of springline.attach.tokens is required: as Authorization: Bearer, or ?token=";
    }
}
