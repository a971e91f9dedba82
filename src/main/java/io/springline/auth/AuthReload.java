package io.springline.auth;

import io.springline.auth.access.AccessRules;
import io.springline.auth.token.TokenReload;
import io.springline.reload.Reloadable;
import io.springline.reload.ValidatedProperties;
import java.util.List;
import java.util.Set;
import org.springframework.core.env.Environment;

/** Applies changed tokens of clients, and access rules. */
final class AuthReload implements Reloadable {

    private final ApiTokens tokens;
    private final UrlTokens urlTokens;
    private final AccessRules rules;
    private final ProtectedResource resource;

    AuthReload(
            ApiTokens tokens, UrlTokens urlTokens, AccessRules rules, ProtectedResource resource) {
        this.tokens = tokens;
        this.urlTokens = urlTokens;
        this.rules = rules;
        this.resource = resource;
    }

    @Override
    public Set<String> prefixes() {
        return Set.of(
                "springline.auth.tokens", "springline.auth.url-tokens", "springline.auth.rules");
    }

    @Override
    public Change prepare(Environment changed) {
        AuthProperties next =
                ValidatedProperties.bind(changed, "springline.auth", AuthProperties.class);
        TokenReload.requireSameUse(
                "springline.auth.tokens", tokens.isEmpty(), next.tokens().isEmpty());
        TokenReload.requireSameUse(
                "springline.auth.url-tokens", urlTokens.isEmpty(), next.urlTokens().isEmpty());
        List<AccessRules.Rule> nextRules =
                next.rules().stream().map(AuthProperties.Rule::rule).toList();
        return new Change() {

            @Override
            public void withdraw() {
                tokens.retain(next.tokens());
                urlTokens.retain(next.urlTokens());
                rules.narrow(nextRules);
            }

            @Override
            public void apply() {
                rules.replace(nextRules);
                resource.replace(next.ruleScopes());
                tokens.replace(next.tokens());
                urlTokens.replace(next.urlTokens());
            }
        };
    }
}
