package io.springline.relay.attach;

import io.springline.auth.token.TokenReload;
import io.springline.reload.Reloadable;
import io.springline.reload.ValidatedProperties;
import java.util.List;
import java.util.Set;
import org.springframework.core.env.Environment;

/** Applies changed tokens of servers that attach. */
final class AttachReload implements Reloadable {

    private final AttachTokens tokens;

    AttachReload(AttachTokens tokens) {
        this.tokens = tokens;
    }

    @Override
    public Set<String> prefixes() {
        return Set.of("springline.attach.tokens");
    }

    @Override
    public Change prepare(Environment changed) {
        List<AttachProperties.Token> next =
                ValidatedProperties.bind(changed, "springline.attach", AttachProperties.class)
                        .tokens();
        TokenReload.requireSameUse("springline.attach.tokens", tokens.isEmpty(), next.isEmpty());
        return new Change() {

            @Override
            public void withdraw() {
                tokens.retain(next);
            }

            @Override
            public void apply() {
                tokens.replace(next);
            }
        };
    }
}
