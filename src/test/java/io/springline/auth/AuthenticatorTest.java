package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.auth.Authentication.Accepted;
import io.springline.auth.Authentication.Awaited;
import io.springline.auth.Authentication.Fault;
import io.springline.auth.Authentication.Refused;
import io.springline.auth.token.TokenHash;
import io.springline.session.Caller;
import io.springline.session.LocalBackplane;
import java.security.Principal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.security.authentication.TestingAuthenticationToken;

class AuthenticatorTest {

    private static final String ORIGIN = "https://app.example.com";
    private static final AuthProperties.Token ADA =
            new AuthProperties.Token(
                    "ada", "sha256:" + TokenHash.of("a-token"), Set.of("from-token"));

    private static Authenticator authenticator(
            boolean cookies,
            boolean inBand,
            boolean allowAnonymous,
            AuthProperties.Token... tokens) {
        return new Authenticator(
                new BearerTokens(new ApiTokens(List.of(tokens)), null),
                new CallerTokens(),
                new Tickets(true, Duration.ofSeconds(30), 10, InstantSource.system()),
                new UrlTokens(List.of(), new LocalBackplane(), InstantSource.system()),
                new SessionPrincipals(cookies),
                new ClientCertificates(false, Set.of()),
                new AuthProperties.InBand(inBand, Duration.ofSeconds(10)),
                allowAnonymous);
    }

    private static Credentials header(String value) {
        return new Credentials(
                new Credentials.Extracted(List.of(value), List.of(), List.of(), List.of()),
                null,
                null,
                null,
                true);
    }

    private static Credentials cookie(Principal principal, String origin) {
        return new Credentials(
                new Credentials.Extracted(List.of(), List.of(), List.of(), List.of()),
                origin,
                principal,
                null,
                false);
    }

    private static Principal session(String name) {
        return new TestingAuthenticationToken(name, null, "ROLE_admin", "SCOPE_read", "plain");
    }

    @Test
    void refusesOtherMachinesWithoutAnyCredentialConfigured() {
        var local =
                new Credentials(
                        new Credentials.Extracted(List.of(), List.of(), List.of(), List.of()),
                        null,
                        null,
                        null,
                        true);
        var remote = new Credentials(local.extracted(), null, null, null, false);
        var accepted = new Accepted(Caller.ANONYMOUS, AuthMethod.NONE);
        assertThat(authenticator(false, false, false).authenticate(local)).isEqualTo(accepted);
        assertThat(authenticator(false, false, false).authenticate(remote))
                .isEqualTo(new Refused(Fault.MISSING, AuthMethod.NONE));
        assertThat(authenticator(false, false, true).authenticate(remote)).isEqualTo(accepted);
    }

    @Test
    void aCookieCountsFromAnAllowedOriginAlone() {
        var authenticator = authenticator(true, false, false);
        assertThat(authenticator.authenticate(cookie(session("ada"), ORIGIN)))
                .isEqualTo(
                        new Accepted(
                                new Caller("ada", Set.of("admin", "read", "plain"), null),
                                AuthMethod.COOKIE));
        assertThat(authenticator.authenticate(cookie(session("ada"), null)))
                .isEqualTo(new Refused(Fault.INVALID, AuthMethod.COOKIE));
        assertThat(authenticator.authenticate(cookie(session("unidentified"), ORIGIN)))
                .isEqualTo(new Refused(Fault.INVALID, AuthMethod.COOKIE));
    }

    @Test
    void aCookieIsNotLookedAtUnlessTheyAreAccepted() {
        assertThat(
                        authenticator(false, false, false, ADA)
                                .authenticate(cookie(session("ada"), ORIGIN)))
                .isEqualTo(new Refused(Fault.MISSING, AuthMethod.NONE));
    }

    @Test
    void aCookieAndATokenMustAgree() {
        var authenticator = authenticator(true, false, false, ADA);
        var extracted =
                new Credentials.Extracted(
                        List.of("Bearer a-token"), List.of(), List.of(), List.of());
        assertThat(
                        authenticator.authenticate(
                                new Credentials(extracted, ORIGIN, session("bob"), null, false)))
                .isEqualTo(new Refused(Fault.CONFLICT, AuthMethod.COOKIE));
        assertThat(
                        authenticator.authenticate(
                                new Credentials(extracted, ORIGIN, session("ada"), null, false)))
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted -> {
                            assertThat(accepted.caller().name()).isEqualTo("token:ada");
                            assertThat(accepted.caller().roles()).containsExactly("from-token");
                            assertThat(accepted.method()).isEqualTo(AuthMethod.AUTHORIZATION);
                        });
    }

    /** Or the one could resume the sessions of the other, and share its limits. */
    @Test
    void namesPrincipalsByKindIfThereIsMoreThanOne() {
        var one = authenticator(true, false, false);
        var two = authenticator(true, false, false, ADA);
        assertThat(accepted(one, cookie(session("ada"), ORIGIN))).isEqualTo("ada");
        assertThat(accepted(two, cookie(session("ada"), ORIGIN))).isEqualTo("cookie:ada");
        assertThat(accepted(two, header("Bearer a-token"))).isEqualTo("token:ada");
        assertThat(accepted(two, cookie(session("token:ada"), ORIGIN)))
                .isEqualTo("cookie:token:ada");
        assertThat(accepted(authenticator(false, false, false, ADA), header("Bearer a-token")))
                .isEqualTo("ada");
    }

    private static String accepted(Authenticator authenticator, Credentials credentials) {
        return ((Accepted) authenticator.authenticate(credentials)).caller().name();
    }

    @Test
    void whoPresentsNothingWaitsOrIsAnonymousOrRefused() {
        Credentials nothing = cookie(null, null);
        assertThat(authenticator(false, true, false, ADA).authenticate(nothing))
                .isEqualTo(new Awaited());
        assertThat(authenticator(false, true, true, ADA).authenticate(nothing))
                .isEqualTo(new Accepted(Caller.ANONYMOUS, AuthMethod.NONE));
        assertThat(authenticator(false, false, false, ADA).authenticate(nothing))
                .isEqualTo(new Refused(Fault.MISSING, AuthMethod.NONE));
        assertThat(authenticator(false, true, false).authenticate(header("Bearer x")))
                .isEqualTo(new Accepted(Caller.ANONYMOUS, AuthMethod.NONE));
    }

    @Test
    void aWrongTokenIsNoWayToBeAnonymous() {
        assertThat(authenticator(false, true, true, ADA).authenticate(header("Bearer x")))
                .isEqualTo(new Refused(Fault.INVALID, AuthMethod.AUTHORIZATION));
    }

    @Test
    void credentialsSayNothingOfThemselves() {
        assertThat(header("Bearer a-token").toString()).doesNotContain("a-token");
        assertThat(header("Bearer a-token").extracted().toString()).doesNotContain("a-token");
        assertThat(ADA.toString()).doesNotContain(TokenHash.of("a-token"));
    }
}
