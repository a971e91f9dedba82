package io.springline.testing;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.OAuth2AuthorizationServerConfiguration;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimsSet;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtEncoderParameters;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtEncoder;
import org.springframework.security.oauth2.server.authorization.InMemoryOAuth2AuthorizationService;
import org.springframework.security.oauth2.server.authorization.OAuth2Authorization;
import org.springframework.security.oauth2.server.authorization.OAuth2AuthorizationService;
import org.springframework.security.oauth2.server.authorization.OAuth2TokenType;
import org.springframework.security.oauth2.server.authorization.authentication.OAuth2AuthorizationGrantAuthenticationToken;
import org.springframework.security.oauth2.server.authorization.authentication.OAuth2TokenExchangeAuthenticationToken;
import org.springframework.security.oauth2.server.authorization.client.InMemoryRegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.oauth2.server.authorization.settings.ClientSettings;
import org.springframework.security.oauth2.server.authorization.settings.TokenSettings;
import org.springframework.security.oauth2.server.authorization.token.JwtEncodingContext;
import org.springframework.security.oauth2.server.authorization.token.OAuth2TokenCustomizer;
import org.springframework.security.web.SecurityFilterChain;
import tools.jackson.databind.json.JsonMapper;

/**
 * Spring Authorization Server with {@link #USERS}, whose password is {@code pw}, and the client
 * {@code springline}, whose secret is {@code s3cret-of-springline}.
 */
public final class TestAuthorizationServer implements AutoCloseable {

    public static final String CLIENT = "springline";
    public static final String SECRET = "s3cret-of-springline";

    public static final List<String> USERS =
            List.of(
                    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan",
                    "judy", "kim");

    /** Where users are sent back after they have consented for the client. */
    public static final String REDIRECT_URI =
            "https://mcp.example.com/springline/consent/callback/files";

    private final ConfigurableApplicationContext context;

    public TestAuthorizationServer() {
        context =
                new SpringApplicationBuilder(Server.class)
                        .run(
                                "--server.port=0",
                                "--spring.config.name=none",
                                "--server.servlet.session.cookie.name=AS");
    }

    public URI issuer() {
        return URI.create(
                "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port"));
    }

    public String jwksUri() {
        return issuer() + "/oauth2/jwks";
    }

    /** Checks tokens of this server as an upstream does. */
    public JwtDecoder decoder() {
        return NimbusJwtDecoder.withJwkSetUri(jwksUri()).build();
    }

    /** Returns an access token of a user, which this server knows. */
    public String token(String user, String audience, Duration lifetime, String... scopes) {
        Instant now = Instant.now();
        Jwt jwt =
                context.getBean(NimbusJwtEncoder.class)
                        .encode(
                                JwtEncoderParameters.from(
                                        JwtClaimsSet.builder()
                                                .issuer(issuer().toString())
                                                .subject(user)
                                                .audience(List.of(audience))
                                                .id(UUID.randomUUID().toString())
                                                .issuedAt(now.minusSeconds(3600))
                                                .expiresAt(now.plus(lifetime))
                                                .claim("scope", String.join(" ", scopes))
                                                .build()));
        var token =
                new OAuth2AccessToken(
                        OAuth2AccessToken.TokenType.BEARER,
                        jwt.getTokenValue(),
                        jwt.getIssuedAt(),
                        jwt.getExpiresAt(),
                        Set.of(scopes));
        RegisteredClient client =
                context.getBean(RegisteredClientRepository.class).findByClientId(CLIENT);
        context.getBean(OAuth2AuthorizationService.class)
                .save(
                        OAuth2Authorization.withRegisteredClient(client)
                                .principalName(user)
                                .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
                                .authorizedScopes(Set.of(scopes))
                                .attribute(
                                        java.security.Principal.class.getName(),
                                        org.springframework.security.authentication
                                                .UsernamePasswordAuthenticationToken.authenticated(
                                                user, null, List.of()))
                                .token(
                                        token,
                                        metadata ->
                                                metadata.put(
                                                        OAuth2Authorization.Token
                                                                .CLAIMS_METADATA_NAME,
                                                        jwt.getClaims()))
                                .build());
        return jwt.getTokenValue();
    }

    /** From now on, the refresh tokens of a user are not valid. */
    public void forget(String user) {
        context.getBean(Behaviour.class).forgotten.add(user);
    }

    /** Returns how often the token endpoint was asked. */
    public int tokenRequests() {
        return context.getBean(Behaviour.class).tokenRequests.get();
    }

    /** Sets what happens before each request to the token endpoint. */
    public void beforeToken(Consumer<HttpServletRequest> action) {
        context.getBean(Behaviour.class).beforeToken = action;
    }

    /** Returns the claims of a token, which is not checked. */
    public static tools.jackson.databind.JsonNode claims(String token) {
        return JsonMapper.shared()
                .readTree(java.util.Base64.getUrlDecoder().decode(token.split("\\.")[1]));
    }

    @Override
    public void close() {
        context.close();
    }

    /** What tests observe and change. */
    static final class Behaviour {

        final AtomicInteger tokenRequests = new AtomicInteger();
        final Set<String> forgotten = ConcurrentHashMap.newKeySet();
        volatile Consumer<HttpServletRequest> beforeToken = _ -> {};
    }

    /** Lets users go on without a second page if a client has registered itself. */
    private record WithoutConsentPage(RegisteredClientRepository all)
            implements RegisteredClientRepository {

        @Override
        public void save(RegisteredClient client) {
            all.save(
                    RegisteredClient.from(client)
                            .clientSettings(ClientSettings.builder().build())
                            .build());
        }

        @Override
        public RegisteredClient findById(String id) {
            return all.findById(id);
        }

        @Override
        public RegisteredClient findByClientId(String clientId) {
            return all.findByClientId(clientId);
        }
    }

    /** Has no {@code Configuration}, so that the service under test does not find it. */
    @EnableAutoConfiguration
    static class Server {

        @Bean
        Behaviour behaviour() {
            return new Behaviour();
        }

        @Bean
        FilterRegistrationBean<Filter> observer(Behaviour behaviour) {
            var filter =
                    new FilterRegistrationBean<Filter>((request, response, chain) -> {
                        behaviour.tokenRequests.incrementAndGet();
                        behaviour.beforeToken.accept((HttpServletRequest) request);
                        chain.doFilter(request, response);
                    });
            filter.addUrlPatterns("/oauth2/token");
            filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
            return filter;
        }

        @Bean
        SecurityFilterChain security(HttpSecurity http) throws Exception {
            return http.oauth2AuthorizationServer(server ->
                            server.clientRegistrationEndpoint(
                                    registration -> registration.openRegistrationAllowed(true)))
                    .authorizeHttpRequests(requests ->
                            requests.requestMatchers("/oauth2/register")
                                    .permitAll()
                                    .anyRequest()
                                    .authenticated())
                    .formLogin(Customizer.withDefaults())
                    .csrf(csrf -> csrf.ignoringRequestMatchers("/oauth2/**"))
                    .build();
        }

        @Bean
        UserDetailsService users() {
            return new org.springframework.security.provisioning.InMemoryUserDetailsManager(
                    USERS.stream()
                            .map(name ->
                                    User.withUsername(name)
                                            .password("{noop}pw")
                                            .roles("USER")
                                            .build())
                            .toList());
        }

        @Bean
        RegisteredClientRepository clients() {
            return new WithoutConsentPage(
                    new InMemoryRegisteredClientRepository(
                            RegisteredClient.withId("1")
                                    .clientId(CLIENT)
                                    .clientSecret("{noop}" + SECRET)
                                    .clientAuthenticationMethod(
                                            ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
                                    .clientAuthenticationMethod(
                                            ClientAuthenticationMethod.CLIENT_SECRET_POST)
                                    .authorizationGrantType(
                                            AuthorizationGrantType.CLIENT_CREDENTIALS)
                                    .authorizationGrantType(AuthorizationGrantType.TOKEN_EXCHANGE)
                                    .authorizationGrantType(
                                            AuthorizationGrantType.AUTHORIZATION_CODE)
                                    .authorizationGrantType(AuthorizationGrantType.REFRESH_TOKEN)
                                    .redirectUri(REDIRECT_URI)
                                    .scope("read")
                                    .scope("write")
                                    .clientSettings(ClientSettings.builder().build())
                                    .tokenSettings(
                                            TokenSettings.builder()
                                                    .reuseRefreshTokens(false)
                                                    .accessTokenTimeToLive(Duration.ofMinutes(30))
                                                    .build())
                                    .build()));
        }

        @Bean
        OAuth2AuthorizationService authorizations(Behaviour behaviour) {
            var all = new InMemoryOAuth2AuthorizationService();
            return new OAuth2AuthorizationService() {
                @Override
                public void save(OAuth2Authorization authorization) {
                    all.save(authorization);
                }

                @Override
                public void remove(OAuth2Authorization authorization) {
                    all.remove(authorization);
                }

                @Override
                public OAuth2Authorization findById(String id) {
                    return all.findById(id);
                }

                @Override
                public OAuth2Authorization findByToken(String token, OAuth2TokenType type) {
                    OAuth2Authorization found = all.findByToken(token, type);
                    return found != null && behaviour.forgotten.contains(found.getPrincipalName())
                            ? null
                            : found;
                }
            };
        }

        @Bean
        AuthorizationServerSettings settings() {
            return AuthorizationServerSettings.builder().build();
        }

        /** Puts the parameter {@code resource} into the claim {@code aud} (RFC 8707). */
        @Bean
        OAuth2TokenCustomizer<JwtEncodingContext> audience() {
            return context -> {
                if (context.getAuthorizationGrant()
                        instanceof OAuth2TokenExchangeAuthenticationToken exchange) {
                    context.getClaims().audience(List.copyOf(exchange.getResources()));
                } else if (context.getAuthorizationGrant()
                                instanceof OAuth2AuthorizationGrantAuthenticationToken grant
                        && grant.getAdditionalParameters().get("resource")
                                instanceof String resource) {
                    context.getClaims().audience(List.of(resource));
                }
            };
        }

        /** For the tokens of clients that register themselves. */
        @Bean
        JwtDecoder ownTokens(JWKSource<SecurityContext> keys) {
            return OAuth2AuthorizationServerConfiguration.jwtDecoder(keys);
        }

        @Bean
        NimbusJwtEncoder encoder(JWKSource<SecurityContext> keys) {
            return new NimbusJwtEncoder(keys);
        }

        @Bean
        JWKSource<SecurityContext> keys() throws Exception {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            var pair = generator.generateKeyPair();
            return new ImmutableJWKSet<>(
                    new JWKSet(
                            new RSAKey.Builder((RSAPublicKey) pair.getPublic())
                                    .privateKey((RSAPrivateKey) pair.getPrivate())
                                    .keyID("test")
                                    .build()));
        }
    }
}
