package io.springline.auth.http;

import io.springline.auth.Authenticator;
import io.springline.auth.CallerContext;
import io.springline.session.Caller;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.util.matcher.RequestMatcher;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Authenticates requests to the operators' endpoints and to the paths of plug-ins, with the same
 * bearer tokens as MCP endpoints. If no credentials are configured, the requests of this machine
 * get the operator's role, and with {@code springline.auth.allow-anonymous} those of all machines.
 */
final class BearerFilter extends OncePerRequestFilter {

    /** The caller of admitted requests if no credentials are configured. */
    private static final Caller ANYBODY = new Caller("anybody", Set.of(CallerContext.OPERATOR));

    private static final AuthenticationException INVALID =
            new BadCredentialsException("The token is not valid");

    private final Authenticator authenticator;
    private final HttpRequestGuard guard;
    private final RequestMatcher probes;
    private final AuthenticationEntryPoint entryPoint;

    /**
     * @param probes matches health probes. Without a credential they do not count towards the rate
     *     limit of their address, so that a probe succeeds on a busy address
     * @param entryPoint responds to a request whose credential is not valid
     */
    BearerFilter(
            Authenticator authenticator,
            HttpRequestGuard guard,
            RequestMatcher probes,
            AuthenticationEntryPoint entryPoint) {
        this.authenticator = authenticator;
        this.guard = guard;
        this.probes = probes;
        this.entryPoint = entryPoint;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        boolean counted = authorization != null || !probes.matches(request);
        if (!guard.tryAdmit(request, response, counted)) {
            return;
        }
        if (authenticator.isOpenTo(request)) {
            authenticate(ANYBODY);
        } else if (authorization != null && authenticator.hasCredentials()) {
            Optional<Caller> caller = authenticator.bearer(authorization);
            if (caller.isEmpty()) {
                guard.authenticationFailed(request);
                entryPoint.commence(request, response, INVALID);
                return;
            }
            authenticate(caller.get());
        }
        chain.doFilter(request, response);
    }

    private static void authenticate(Caller caller) {
        SecurityContextHolder.getContext().setAuthentication(CallerContext.authentication(caller));
    }
}
