package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.session.Caller;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;

class CallerContextTest {

    private static final Caller ADA = new Caller("ada", Set.of("admin"), null);

    @Test
    void nothingStaysBehindOnTheThread() {
        assertThatThrownBy(() ->
                        CallerContext.run(
                                () -> ADA,
                                () -> {
                                    throw new IllegalStateException(current());
                                }))
                .hasMessage("ada");
        assertThat(SecurityContextHolder.getContext().getAuthentication()).isNull();
    }

    @Test
    void rolesAreAuthoritiesInAllSpellings() {
        assertThat(CallerContext.authentication(ADA).getAuthorities())
                .extracting(GrantedAuthority::getAuthority)
                .containsExactlyInAnyOrder("ROLE_admin", "ROLE_ADMIN", "SCOPE_admin");
    }

    @Test
    void anonymousHasNoAuthorityButThat() {
        assertThat(CallerContext.authentication(Caller.ANONYMOUS).getAuthorities())
                .extracting(GrantedAuthority::getAuthority)
                .containsExactly("ROLE_ANONYMOUS");
    }

    private static String current() {
        return SecurityContextHolder.getContext().getAuthentication().getName();
    }
}
