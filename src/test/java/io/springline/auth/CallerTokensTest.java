package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.Caller;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.security.oauth2.jwt.Jwt;

class CallerTokensTest {

    private static final Caller ALICE = new Caller("alice", Set.of("read"), null);

    private final CallerTokens tokens = new CallerTokens();

    private static Jwt jwt(String value, Instant expiry) {
        return Jwt.withTokenValue(value)
                .header("alg", "none")
                .issuedAt(Instant.EPOCH)
                .expiresAt(expiry)
                .build();
    }

    @Test
    void returnsTheNewestTokenUntilItExpires() {
        tokens.keep();
        tokens.record(ALICE, jwt("1", Instant.now().plusSeconds(300)));
        tokens.record(ALICE, jwt("2", Instant.now().plusSeconds(300)));
        assertThat(tokens.find(ALICE).orElseThrow().getTokenValue()).isEqualTo("2");
        tokens.record(ALICE, jwt("3", Instant.now().minusSeconds(1)));
        assertThat(tokens.find(ALICE)).isEmpty();
    }

    @Test
    void keepsTokensOfCallersApartThatHaveOtherRoles() {
        tokens.keep();
        tokens.record(ALICE, jwt("1", Instant.now().plusSeconds(300)));
        assertThat(tokens.find(new Caller("alice", Set.of(), null))).isEmpty();
        assertThat(tokens.find(new Caller("bob", Set.of("read"), null))).isEmpty();
    }

    @Test
    void keepsNoTokensUnlessAnUpstreamNeedsThem() {
        tokens.record(ALICE, jwt("1", Instant.now().plusSeconds(300)));
        assertThat(tokens.find(ALICE)).isEmpty();
    }
}
