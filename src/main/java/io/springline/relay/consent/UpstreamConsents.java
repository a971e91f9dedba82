package io.springline.relay.consent;

import io.springline.audit.AuditLog;
import io.springline.relay.auth.Consents;
import io.springline.relay.auth.MissingConsentException;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.consent.AuthorizationCodeClient.Started;
import io.springline.session.Caller;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The consents to calls of one upstream.
 *
 * <pre>
 * asked     a call needs a consent: the caller gets a link
 * begun     a browser has opened the link and has proved to be the caller: it gets a cookie, and is
 *           sent to the authorization server with a state
 * given     the same browser is back with that state and a code, which Springline has exchanged
 * </pre>
 *
 * Everything is kept under a hash of the principal, so that a caller has one of each. Thread-safe.
 */
final class UpstreamConsents implements Consents {

    /** The time after a failure before a token is refreshed again. */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private static final Duration POLL = Duration.ofMillis(200);

    /** A link that a caller was given. */
    record Link(String id, String principal) {}

    /** A request to the authorization server that was not answered yet. */
    record Pending(String principal, String state, Started started, String browser) {}

    /** What a browser gets that has proved to be the caller. */
    record Begun(URI url, String issuer, String cookie, String value) {}

    /** The parameters of an authorization response. */
    record Response(
            String state, @Nullable String code, @Nullable String error, @Nullable String issuer) {}

    private final String upstream;
    private final String resource;
    private final URI publicUrl;
    private final AuthorizationCodeClient client;
    private final EncryptedStore store;
    private final ConsentCipher random;
    private final ConsentProperties properties;
    private final int max;

    private final RecentGrants recent;
    private final Duration refreshTimeout;

    /**
     * @param publicUrl scheme and authority under which browsers reach this service
     * @param max the maximum number of callers
     * @param timeout of one request to the authorization server
     */
    UpstreamConsents(
            String upstream,
            URI resource,
            URI publicUrl,
            AuthorizationCodeClient client,
            EncryptedStore store,
            ConsentProperties properties,
            int max,
            Duration timeout) {
        this.upstream = upstream;
        this.resource = resource.toString();
        this.publicUrl = publicUrl;
        this.client = client;
        this.store = store;
        this.random = store.cipher();
        this.properties = properties;
        this.max = max;
        this.recent = new RecentGrants(max);
        this.refreshTimeout = timeout.multipliedBy(3);
    }

    private String group(String kind) {
        return kind + ":" + upstream;
    }

    private static String key(Caller caller) {
        return ConsentCipher.digest(caller.name());
    }

    /** Reads the consent of a caller. */
    Optional<ConsentGrant> grant(Caller caller) {
        Optional<ConsentGrant> grant =
                store.get(group("grant"), key(caller), ConsentGrant.class)
                        .filter(each -> each.principal().equals(caller.name()))
                        .filter(each -> each.resource().equals(resource));
        grant.ifPresentOrElse(
                each -> recent.put(key(caller), each), () -> recent.remove(key(caller)));
        return grant;
    }

    @Override
    public boolean isGiven(Caller caller) {
        return usableGrant(caller).isPresent();
    }

    private Optional<ConsentGrant> usableGrant(Caller caller) {
        return grant(caller).filter(each -> each.isValid() || each.tokens().refreshToken() != null);
    }

    @Override
    public URI page(Caller caller) {
        var made = new Link(random.randomText(), caller.name());
        Link link = made;
        if (!store.putIfAbsent(group("link"), key(caller), made, properties.lifetime(), max)) {
            link =
                    link(caller)
                            .orElseThrow(() ->
                                    new UpstreamException(
                                            "%d callers have not answered yet, the maximum. Try again later"
                                                    .formatted(max)));
            // it is valid for longer
            store.replace(group("link"), key(caller), link, link, properties.lifetime());
        }
        return publicUrl.resolve(
                ConsentRoutes.PATH + "/?link=%s.%s".formatted(upstream, link.id()));
    }

    @Override
    public boolean await(Caller caller, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (true) {
            boolean last = System.nanoTime() > end;
            try {
                if (isGiven(caller)) {
                    return true;
                }
                if (last || link(caller).isEmpty()) {
                    return isGiven(caller);
                }
            } catch (ConsentStore.UnavailableException e) {
                if (last) {
                    throw e;
                }
            }
            Thread.sleep(POLL);
        }
    }

    private Optional<Link> link(Caller caller) {
        return store.get(group("link"), key(caller), Link.class);
    }

    @Override
    public Duration lifetime() {
        return properties.lifetime();
    }

    @Override
    public String id(Caller caller) {
        return usableGrant(caller).orElseThrow(() -> missing(caller)).id();
    }

    private UpstreamException missing(Caller caller) {
        return new MissingConsentException(request(upstream, caller));
    }

    /**
     * Sends a browser to the authorization server. It has presented a credential of the caller.
     *
     * @param linkId from the link that the browser has opened
     * @return empty if the link is not the caller's, or is not valid any more
     */
    Optional<Begun> begin(Caller caller, String linkId) throws ConsentException {
        Optional<Link> link =
                link(caller)
                        .filter(each -> each.principal().equals(caller.name()))
                        .filter(each -> ConsentCipher.isEqual(each.id(), linkId));
        if (link.isEmpty()) {
            return Optional.empty();
        }
        String place = ConsentCipher.digest(linkId);
        String state = place + "." + random.randomText();
        String browser = random.randomText();
        Started started = client.begin(state);
        var pending = new Pending(caller.name(), state, started, ConsentCipher.digest(browser));
        if (!store.put(group("pending"), place, pending, properties.lifetime(), max)) {
            throw ConsentException.passing("too many users consent at this time");
        }
        return Optional.of(new Begun(started.url(), started.issuer(), cookie(state), browser));
    }

    /** Returns the name of the cookie of the browser that was sent away with this state. */
    String cookie(String state) {
        String name = "springline-consent-" + ConsentCipher.digest(state).substring(0, 16);
        return isSecure() ? "__Host-" + name : name;
    }

    boolean isSecure() {
        return "https".equalsIgnoreCase(publicUrl.getScheme());
    }

    /**
     * Ends a consent with the answer of the authorization server. A state can be used once.
     *
     * @param browser the value of the cookie with the name of {@link #cookie}; empty if there is
     *     none
     * @throws ConsentException if the consent is not given; the message is for the user
     */
    void finish(Response response, String browser) throws ConsentException {
        String place = response.state().split("[.]", 2)[0];
        Optional<Pending> known =
                store.get(group("pending"), place, Pending.class)
                        .filter(each -> ConsentCipher.isEqual(each.state(), response.state()))
                        .filter(each ->
                                ConsentCipher.isEqual(
                                        each.browser(), ConsentCipher.digest(browser)));
        // in one step, so that of two equal answers one is served
        if (known.isEmpty()
                || store.take(group("pending"), place, Pending.class)
                        .filter(known.get()::equals)
                        .isEmpty()) {
            throw ConsentException.ended(
                    "this answer belongs to no request of this browser, or was used before");
        }
        Pending pending = known.get();
        if (!client.isFrom(pending.started().issuer(), response.issuer())) {
            throw ConsentException.ended(
                    "the answer is not from the authorization server that was asked");
        }
        var caller = new Caller(pending.principal(), Set.of());
        String code = response.code();
        if (response.error() != null || code == null) {
            store.take(group("link"), key(caller), Link.class);
            AuditLog.consent(upstream, caller.name(), "declined");
            throw ConsentException.ended("you did not consent");
        }
        ConsentTokens tokens = client.exchange(code, pending.state(), pending.started());
        var grant =
                new ConsentGrant(
                        random.randomText(), caller.name(), resource, Instant.now(), tokens, null);
        if (!store.put(group("grant"), key(caller), grant, properties.keep(), max)) {
            throw ConsentException.ended(
                    "%d users have consented already, the maximum".formatted(max));
        }
        store.take(group("link"), key(caller), Link.class);
        AuditLog.consent(upstream, caller.name(), "given");
    }

    /**
     * Ends a consent of the caller, here and at the authorization server.
     *
     * @return false if the caller has not consented
     */
    boolean revoke(Caller caller) {
        Optional<ConsentGrant> grant = store.take(group("grant"), key(caller), ConsentGrant.class);
        recent.remove(key(caller));
        grant.ifPresent(each -> {
            AuditLog.consent(upstream, caller.name(), "revoked");
            revokeThere(each.tokens());
        });
        return grant.isPresent();
    }

    private void revokeThere(ConsentTokens tokens) {
        Thread.ofVirtual()
                .name("consent-revoke-" + upstream)
                .start(() -> {
                    try {
                        client.revoke(tokens);
                    } catch (ConsentException e) {
                        // recorded as a failure of the upstream's credentials
                    }
                });
    }

    @Override
    public boolean hasValidToken(Caller caller) {
        try {
            return grant(caller).filter(ConsentGrant::isValid).isPresent();
        } catch (ConsentStore.UnavailableException e) {
            return false;
        }
    }

    @Override
    public String token(Caller caller) {
        ConsentGrant read = recent.get(key(caller));
        if (read != null && read.isValid()) {
            return read.tokens().accessToken();
        }
        long end = System.nanoTime() + refreshTimeout.toNanos();
        while (System.nanoTime() < end) {
            ConsentGrant grant = grant(caller).orElseThrow(() -> missing(caller));
            if (grant.isValid()) {
                return grant.tokens().accessToken();
            }
            if (grant.tokens().refreshToken() == null) {
                throw missing(caller);
            }
            store.get(group("refresh"), key(caller), RefreshLock.class)
                    .ifPresent(RefreshLock::throwFailure);
            connect(caller);
            var mine = new RefreshLock(random.randomText(), null);
            // one node at a time: a refresh token may be valid once
            if (store.putIfAbsent(group("refresh"), key(caller), mine, refreshTimeout, max)) {
                return refresh(caller, mine).tokens().accessToken();
            }
            sleep();
        }
        throw new UpstreamException("no access token: it was not refreshed in time");
    }

    private static void sleep() {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UpstreamException("no access token: interrupted");
        }
    }

    /** Before the lock is taken, so that this does not count against its lifetime. */
    private void connect(Caller caller) {
        try {
            client.requireConnected();
        } catch (ConsentException e) {
            var failed = new RefreshLock("", String.valueOf(e.getMessage()));
            store.putIfAbsent(group("refresh"), key(caller), failed, RETRY_AFTER, max);
            throw new UpstreamException(String.valueOf(e.getMessage()));
        }
    }

    private ConsentGrant refresh(Caller caller, RefreshLock mine) {
        String failure = null;
        try {
            // another node may have refreshed it since
            ConsentGrant grant = grant(caller).orElseThrow(() -> missing(caller));
            if (grant.isValid()) {
                return grant;
            }
            try {
                ConsentGrant refreshed = grant.with(client.refresh(grant.tokens()));
                if (tryReplace(caller, grant, refreshed)) {
                    return refreshed;
                }
                revokeThere(refreshed.tokens());
            } catch (ConsentException e) {
                if (!e.hasEnded()) {
                    throw e;
                }
                store.remove(group("grant"), key(caller), grant);
            }
            // revoked, or given again, meanwhile
            return grant(caller).filter(ConsentGrant::isValid).orElseThrow(() -> missing(caller));
        } catch (ConsentException e) {
            failure = String.valueOf(e.getMessage());
            throw new UpstreamException(failure);
        } finally {
            if (failure == null) {
                store.remove(group("refresh"), key(caller), mine);
            } else {
                var failed = new RefreshLock(mine.id(), failure);
                store.replace(group("refresh"), key(caller), mine, failed, RETRY_AFTER);
            }
        }
    }

    @Override
    public boolean tryReplace(Caller caller, String refused) {
        ConsentGrant grant = grant(caller).orElse(null);
        if (grant == null) {
            return false;
        }
        boolean renewable = grant.tokens().refreshToken() != null;
        if (!grant.tokens().accessToken().equals(refused) || renewable && !grant.isValid()) {
            return true;
        }
        if (grant.wasRefusedShortlyBefore()) {
            return false;
        }
        if (!renewable) {
            store.remove(group("grant"), key(caller), grant);
            return false;
        }
        tryReplace(caller, grant, grant.refusedNow());
        // if that failed, another call has replaced the token, or the consent has ended
        return isGiven(caller);
    }

    private boolean tryReplace(Caller caller, ConsentGrant grant, ConsentGrant next) {
        recent.remove(key(caller));
        return store.replace(group("grant"), key(caller), grant, next, properties.keep());
    }
}
