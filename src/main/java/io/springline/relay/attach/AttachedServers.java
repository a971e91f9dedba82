package io.springline.relay.attach;

import io.springline.concurrent.SchedulerNames;
import io.springline.mcp.CloseReason;
import io.springline.relay.AttachedUpstreams;
import io.springline.relay.Upstreams;
import io.springline.relay.attach.AttachedServer.Link;
import io.springline.relay.client.CarriedExtensions;
import io.springline.relay.client.RelayMeta;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.config.RelayProperties;
import io.springline.transport.WebSocketProperties;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import tools.jackson.databind.node.ObjectNode;

/**
 * The servers that have attached, by name. Decides which name a server gets, and what happens if
 * two servers want the same one:
 *
 * <ul>
 *   <li>The same {@code instance} again: the new connection replaces the old one.
 *   <li>The old connection does not answer {@code ping}: it is replaced.
 *   <li>Otherwise both stay, and the new server gets a number behind its name.
 * </ul>
 *
 * <p>Each connection is handled on a virtual thread of its own. Thread-safe.
 */
final class AttachedServers implements AttachedUpstreams {

    private static final Logger log = LoggerFactory.getLogger(AttachedServers.class);

    /** The maximum wait for the old connection to prove that it is alive. */
    private static final Duration PING = Duration.ofSeconds(3);

    /** The maximum wait for one answer to {@code initialize}; servers may install themselves. */
    private static final Duration HANDSHAKE = Duration.ofSeconds(20);

    private static final int MAX_NAME = 32;

    /**
     * Path segments below the endpoint that are not upstreams, and the name by which rules mean the
     * features of this service.
     */
    private static final Set<String> RESERVED =
            Set.of(WebSocketProperties.ATTACH, WebSocketProperties.TICKET, "local");

    private record Served(AttachedServer server, Upstreams.Attachment upstream) {}

    private final Upstreams upstreams;
    private final AttachProperties properties;
    private final AttachTokens tokens;
    private final FlapGuard flaps;
    private final RelayProperties.Upstream spec;
    private final Map<String, Served> byName = new ConcurrentHashMap<>();
    private volatile boolean leaving;

    AttachedServers(Upstreams upstreams, AttachProperties properties, AttachTokens tokens) {
        this.upstreams = upstreams;
        this.properties = properties;
        this.tokens = tokens;
        this.flaps = new FlapGuard(properties.maxConnectsPerMinute());
        tokens.onRevoked(this::closeRevoked);
        this.spec =
                RelayProperties.Upstream.attached(
                        properties.timeout(),
                        properties.probeInterval(),
                        properties.maxMessageSize());
    }

    /** Returns why a server cannot have the name that it asks for; null if it can. */
    @Nullable String refusal(AttachCredential credential, String name) {
        if (!credential.allows(name)) {
            return "the token does not allow the name '%s'".formatted(name);
        }
        return isFree(credential, name) ? null : "the name '%s' is taken".formatted(name);
    }

    /** Returns how long a server has to wait before it may attach; zero if it may now. */
    Duration hold(AttachCredential credential, String name) {
        return flaps.remaining(flapKey(credential, name), System.nanoTime());
    }

    private static String flapKey(AttachCredential credential, String name) {
        return credential.token() + '/' + name;
    }

    private boolean isFree(AttachCredential credential, String name) {
        Served known = byName.get(name);
        return !RESERVED.contains(name.toLowerCase(Locale.ROOT))
                && !upstreams.configuredNames().contains(name)
                && (known == null || known.server().token().equals(credential.token()));
    }

    /** Serves a connection, without waiting. */
    void connected(AttachRequest request, AttachedTransport transport) {
        Thread.ofVirtual()
                .name("attach-" + request.credential().token())
                .start(() -> attach(request, transport));
    }

    /** A server has resumed its session: calls that wait for it go on. */
    void resumed(AttachedTransport transport) {
        for (Served each : byName.values()) {
            Link link = each.server().link();
            if (link != null && link.transport() == transport) {
                each.server().resumed();
                each.upstream().available();
            }
        }
    }

    private void attach(AttachRequest request, AttachedTransport transport) {
        try {
            ObjectNode result =
                    transport.initialize(
                            RelayMeta.clientCapabilities(CarriedExtensions.KNOWN_ONLY),
                            properties.maxMessageSize(),
                            HANDSHAKE);
            String serverName = result.path("serverInfo").path("name").asString("");
            var link = new Link(transport, request, serverName, Instant.now());
            String wanted = wanted(request, serverName);
            Duration wait =
                    wanted == null
                            ? Duration.ZERO
                            : flaps.attach(
                                    flapKey(request.credential(), wanted), System.nanoTime());
            if (!wait.isZero()) {
                refuse(
                        transport,
                        request,
                        "it attached as '%s' more than %d times within a minute, and is held off for %d s"
                                .formatted(
                                        wanted,
                                        properties.maxConnectsPerMinute(),
                                        wait.toSeconds()));
            } else if (wanted == null || !place(link, wanted)) {
                refuse(transport, request, "no name is free for it");
            } else if (tokens.isRevoked(request.credential())) {
                closeRevoked();
            }
        } catch (UpstreamException e) {
            refuse(transport, request, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("A server that attached from {} cannot be served", request.address(), e);
            transport.close(CloseReason.INTERNAL_ERROR, "a fault of the service");
        }
    }

    private static void refuse(AttachedTransport transport, AttachRequest request, String reason) {
        if (transport.isOpen()) {
            log.warn(
                    "The server that attached from {} with token '{}' is not served: {}",
                    request.address(),
                    request.credential().token(),
                    reason);
        }
        transport.close(CloseReason.TRY_AGAIN_LATER, reason);
    }

    /** Returns the name that the server should get; null if its token allows none. */
    private static @Nullable String wanted(AttachRequest request, String serverName) {
        AttachCredential credential = request.credential();
        if (credential.onlyName() != null) {
            return credential.onlyName();
        }
        if (request.name() != null) {
            return request.name();
        }
        for (String each : new String[] {slug(serverName), slug(credential.token())}) {
            if (!each.isEmpty() && credential.allows(each)) {
                return each;
            }
        }
        return null;
    }

    /** Returns the name in lower case, with {@code -} in place of all but letters and digits. */
    static String slug(String name) {
        String plain =
                name.toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9]+", "-")
                        .replaceAll("^-+|-+$", "");
        return plain.substring(0, Math.min(plain.length(), MAX_NAME)).replaceAll("-+$", "");
    }

    /** Gives the connection the name, or else the name with a number; returns false if none. */
    private boolean place(Link link, String wanted) throws InterruptedException {
        for (int n = 1; n <= properties.maxServers() && link.transport().isOpen(); n++) {
            String end = n == 1 ? "" : "-" + n;
            String name =
                    wanted.substring(0, Math.min(wanted.length(), MAX_NAME - end.length())) + end;
            AttachCredential credential = link.request().credential();
            if (credential.allows(name) && isFree(credential, name) && take(link, name)) {
                return true;
            }
        }
        return false;
    }

    /** Returns false if a server that is alive has the name. */
    private boolean take(Link link, String name) throws InterruptedException {
        Served served = served(link.request().credential(), name);
        if (served == null) {
            return false;
        }
        Link before = served.server().link();
        if (before != null && !isReplacement(before, link)) {
            return false;
        }
        if (!served.server().replace(before, link)) {
            return false;
        }
        link.transport().onEnd(() -> served.server().ended(link.transport()));
        if (byName.get(name) != served) {
            // it was forgotten at the same time
            served.server().ended(link.transport());
            return take(link, name);
        }
        if (before != null) {
            log.info("Upstream '{}': another connection of the server replaces the old one", name);
            before.transport().close(CloseReason.REPLACED, "another connection replaced it");
        }
        log.info(
                "Upstream '{}' has attached from {} with token '{}'",
                name,
                link.request().address(),
                link.request().credential().token());
        served.upstream().available();
        return true;
    }

    private static boolean isReplacement(Link before, Link link) throws InterruptedException {
        String instance = link.request().instance();
        return instance != null && instance.equals(before.request().instance())
                || !before.transport().answersPing(PING);
    }

    /** Returns the server of this name; null if there are too many, or it has another token. */
    private @Nullable Served served(AttachCredential credential, String name) {
        if (byName.size() >= properties.maxServers() && !byName.containsKey(name)) {
            return null;
        }
        Served served =
                byName.computeIfAbsent(
                        name,
                        _ -> {
                            var server = new AttachedServer(name, credential);
                            return new Served(server, upstreams.attach(name, spec, server));
                        });
        return served.server().token().equals(credential.token()) ? served : null;
    }

    @Override
    public List<View> all() {
        return byName.values().stream()
                .map(each -> each.server().view())
                .sorted(Comparator.comparing(View::name))
                .toList();
    }

    private @Nullable Link link(String name) {
        Served served = byName.get(name);
        return served == null ? null : served.server().link();
    }

    @Override
    public boolean refresh(String name) {
        Served served = byName.get(name);
        if (served == null || served.server().link() == null) {
            return false;
        }
        served.upstream().refresh();
        return true;
    }

    @Override
    public @Nullable Duration ping(String name) throws InterruptedException {
        Link link = link(name);
        long begun = System.nanoTime();
        return link != null && link.transport().answersPing(PING)
                ? Duration.ofNanos(System.nanoTime() - begun)
                : null;
    }

    @Override
    public @Nullable List<String> stderr(String name) throws InterruptedException {
        Link link = link(name);
        return link != null && link.transport().isResumable()
                ? link.transport().stderr(PING)
                : null;
    }

    @Override
    public boolean disconnect(String name) {
        Link link = link(name);
        if (link != null) {
            link.transport()
                    .close(CloseReason.SERVICE_RESTART, "an operator closed the connection");
        }
        return link != null;
    }

    @Override
    public boolean revoke(String token) throws InterruptedException {
        return tokens.revoke(token);
    }

    /** Closes the connections of servers whose token was revoked, removed or changed. */
    private void closeRevoked() {
        byName.values().stream()
                .filter(each -> tokens.isRevoked(each.server().credential()))
                .forEach(each -> {
                    log.warn(
                            "Token '{}' is not valid any more: the connection of upstream '{}' is closed",
                            each.server().token(),
                            each.server().name());
                    Link link = each.server().link();
                    boolean removed = byName.remove(each.server().name(), each);
                    if (link != null) {
                        // before its upstream closes it with another reason
                        link.transport()
                                .close(CloseReason.CREDENTIAL_EXPIRED, "its token is revoked");
                    }
                    if (removed) {
                        each.upstream().close();
                    }
                });
    }

    /** Applies the revocations of other replicas on this one. */
    @Scheduled(fixedDelay = 10_000, scheduler = SchedulerNames.SPRINGLINE)
    void sync() throws InterruptedException {
        tokens.sync();
    }

    /** Removes servers that have been away for too long. */
    @Scheduled(fixedDelay = 1_000, scheduler = SchedulerNames.SPRINGLINE)
    void sweep() {
        Instant now = Instant.now();
        byName.keySet().forEach(name -> forgetIfGone(name, now));
        if (leaving) {
            leave();
        }
    }

    private void forgetIfGone(String name, Instant now) {
        byName.computeIfPresent(
                name,
                (_, served) -> {
                    if (!served.server().isForgotten(properties.grace(), now)) {
                        return served;
                    }
                    served.upstream().close();
                    log.info("Upstream '{}' has not come back: its features are removed", name);
                    return null;
                });
    }

    /**
     * Closes the connections, so that the servers attach to another replica: each as soon as its
     * calls are answered.
     */
    void leave() {
        leaving = true;
        close(AttachedTransport::isIdle);
    }

    /** Closes all connections: calls that still run fail. */
    void fail() {
        close(_ -> true);
    }

    private void close(Predicate<AttachedTransport> which) {
        byName.values()
                .forEach(each -> {
                    Link link = each.server().link();
                    if (link != null && which.test(link.transport())) {
                        link.transport().close(CloseReason.SERVICE_RESTART, "the service stops");
                    }
                });
    }
}
