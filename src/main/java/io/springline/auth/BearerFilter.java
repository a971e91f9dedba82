package io.springline.auth;

import io.springline.auth.Authentication.Accepted;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.springframework.http.HttpHeaders;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.authentication.preauth.PreAuthenticatedAuthenticationToken;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Makes the caller of a plain HTTP request known to Spring Security, by the same tokens as
 * upgrades.
 */
final class BearerFilter extends OncePerRequestFilter {

    private final Authenticator authenticator;

    BearerFilter(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        var outcome = authenticator.authenticate(request.getHeader(HttpHeaders.AUTHORIZATION));
        if (outcome instanceof Accepted(var caller) && !caller.isAnonymous()) {
            List<SimpleGrantedAuthority> authorities =
                    caller.roles().stream()
                            .map(role -> "ROLE_" + role.toUpperCase(Locale.ROOT))
                            .map(SimpleGrantedAuthority::new)
                            .toList();
            SecurityContextHolder.getContext()
                    .setAuthentication(
                            new PreAuthenticatedAuthenticationToken(caller, null, authorities));
        }
        chain.doFilter(request, response);
    }
}
