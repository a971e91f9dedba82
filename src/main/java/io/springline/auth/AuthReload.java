package io.springline.auth;

import io.springline.auth.access.AccessRules;
import io.springline.config.InvalidConfigurationException;
import io.springline.reload.Reloadable;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** Applies changed API tokens and access rules. */
final class AuthReload implements Reloadable {

    private final ApiTokens tokens;
    private final AccessRules rules;

    AuthReload(ApiTokens tokens, AccessRules rules) {
        this.tokens = tokens;
        this.rules = rules;
    }

    @Override
    public Set<String> prefixes() {
        return Set.of("springline.auth.tokens", "springline.auth.rules");
    }

    @Override
    public Runnable prepare(Environment changed) {
        AuthProperties next =
                Binder.get(changed).bindOrCreate("springline.auth", AuthProperties.class);
        // which credentials are accepted at all is decided at the start
        if (next.tokens().isEmpty() != tokens.isEmpty()) {
            throw new InvalidConfigurationException(
                    "springline.auth.tokens: the first token is added, or the last one removed, by a restart",
                    "Restart the service.");
        }
        List<AccessRules.Rule> nextRules =
                next.rules().stream().map(AuthProperties.Rule::rule).toList();
        return () -> {
            tokens.replace(next.tokens());
            rules.replace(nextRules);
        };
    }
}
