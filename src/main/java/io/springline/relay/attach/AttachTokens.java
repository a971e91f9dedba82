package io.springline.relay.attach;

import io.springline.auth.Credentials;
import io.springline.auth.TokenHash;
import io.springline.transport.ClientAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of servers, by their hashes. Without any, only servers on this machine may attach, and
 * only to a service without credentials.
 */
final class AttachTokens {

    private final Map<String, AttachCredential> byDigest;
    private final boolean open;

    /**
     * @param open whether clients need no credentials
     */
    AttachTokens(List<AttachProperties.Token> tokens, boolean open) {
        this.byDigest =
                tokens.stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        AttachProperties.Token::digest,
                                        AttachProperties.Token::credential));
        this.open = open;
    }

    /** Returns what a server may do; null if it presents no valid token. */
    @Nullable AttachCredential find(Credentials presented, ClientAddress address) {
        if (byDigest.isEmpty()) {
            return open && address.ip().isLoopbackAddress() ? AttachCredential.ANONYMOUS : null;
        }
        List<String> tokens = presented.tokens();
        return tokens.size() == 1 ? byDigest.get(TokenHash.of(tokens.getFirst())) : null;
    }

    /** Returns one line for a server that is refused. */
    String hint() {
        return byDigest.isEmpty()
                ? "Servers on other machines need a token: see springline.attach.tokens"
                : "A valid token of springline.attach.tokens is required: as Authorization: Bearer, or ?token=";
    }
}
