package io.springline.relay.attach;

import io.springline.concurrent.SchedulerNames;
import io.springline.mcp.CloseReason;
import io.springline.relay.AttachedUpstreams;
import io.springline.relay.Upstreams;
import io.springline.relay.attach.AttachedServer.Link;
import io.springline.relay.client.CarriedExtensions;
import io.springline.relay.client.RelayMeta;
import io.springline.relay.client.UpstreamException;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.config.RelayProperties;
import io.springline.session.node.ClusterNodes;
import io.springline.transport.WebSocketProperties;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

    /** How often a connection tries to take one name, if other nodes try the same. */
    private static final int TRIES = 3;

    /**
     * Path segments below the endpoint that are not upstreams, and the name by which rules mean the
     * features of this service.
     */
    private static final Set<String> RESERVED =
            Set.of(WebSocketProperties.ATTACH, WebSocketProperties.TICKET, "local");

    private static final AttachedServer.Remote NO_OTHERS =
            new AttachedServer.Remote() {

                @Override
                public UpstreamTransport transport(String name, SharedServer server, long epoch) {
                    throw new IllegalStateException("there is no other node");
                }

                @Override
                public boolean isReachable(String node) {
                    return false;
                }
            };

    private record Served(AttachedServer server, Upstreams.Attachment upstream) {}

    private final Upstreams upstreams;
    private final AttachProperties properties;
    private final AttachTokens tokens;
    private final AttachAdmission admission;
    private final FlapGuard flaps;
    private final RelayProperties.Upstream spec;
    private final Map<String, Served> byName = new ConcurrentHashMap<>();
    private final @Nullable OtherNodes others;
    private volatile boolean failing;

    /**
     * @param nodes null if this is the only node
     */
    AttachedServers(
            Upstreams upstreams,
            AttachProperties properties,
            AttachTokens tokens,
            AttachAdmission admission,
            @Nullable ClusterNodes nodes) {
        this.upstreams = upstreams;
        this.properties = properties;
        this.tokens = tokens;
        this.admission = admission;
        this.flaps = new FlapGuard(properties.maxConnectsPerMinute());
        tokens.onRevoked(this::closeRevoked);
        this.spec =
                RelayProperties.Upstream.attached(
                        properties.timeout(),
                        properties.probeInterval(),
                        properties.maxMessageSize());
        this.others = nodes == null ? null : new OtherNodes(nodes, new FromOtherNodes());
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
        return !isTaken(name)
                && (known == null || known.server().token().equals(credential.token()));
    }

    /** Returns true if no attached server can have the name. */
    private boolean isTaken(String name) {
        return RESERVED.contains(name.toLowerCase(Locale.ROOT))
                || upstreams.configuredNames().contains(name);
    }

    /** Serves a connection, without waiting. */
    void connected(AttachRequest request, AttachedTransport transport) {
        String token = request.credential().token();
        if (!admission.begin(token)) {
            refuse(transport, request, "too many servers attach at the moment");
            return;
        }
        Thread.ofVirtual()
                .name("attach-" + token)
                .start(() -> {
                    try {
                        attach(request, transport);
                    } finally {
                        admission.end(token);
                    }
                });
    }

    /** A server has resumed its session: calls that wait for it go on. */
    void resumed(AttachedTransport transport) {
        for (Served each : byName.values()) {
            Link link = each.server().link();
            if (link != null && link.transport() == transport) {
                each.server().resumed();
                each.upstream().available();
                changed();
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
            if (tokens.isRevoked(request.credential())) { // it must not replace a valid one
                closeRevoked(transport, request);
                return;
            }
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
                refuse(
                        transport,
                        request,
                        hasItsShare(request.credential().token())
                                ? "its token has as many names as springline.attach.max-servers-per-token allows"
                                : "no name is free for it");
            } else if (tokens.isRevoked(request.credential())) {
                closeRevoked();
                closeRevoked(transport, request);
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

    /** Closes one connection, whatever upstream it has become. */
    private static void closeRevoked(AttachedTransport transport, AttachRequest request) {
        if (transport.isOpen()) {
            log.warn(
                    "The server that attached from {} is not served: token '{}' is not valid any more",
                    request.address(),
                    request.credential().token());
        }
        transport.close(CloseReason.CREDENTIAL_EXPIRED, "its token is revoked");
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
            if (credential.allows(name) && isFree(credential, name) && take(link, name, TRIES)) {
                return true;
            }
        }
        return false;
    }

    /** Returns false if a server that is alive has the name. */
    private boolean take(Link link, String name, int tries) throws InterruptedException {
        Served known = byName.get(name);
        if (known != null && !known.server().token().equals(link.request().credential().token())) {
            return false; // another node has reported it meanwhile
        }
        Link before = known == null ? null : known.server().link();
        if (known == null
                ? isFull(link.request().credential())
                : !isReplaceable(known.server(), before, link)) {
            return false;
        }
        long epoch = 0;
        if (others != null) {
            epoch = others.claim(name, known == null ? null : known.server(), link);
            if (epoch == 0) { // a server at another node has just taken it
                return tries > 1 && take(link, name, tries - 1);
            }
        }
        Served served = served(link.request().credential(), name);
        if (served == null || !served.server().replace(before, link, epoch)) {
            return false;
        }
        link.transport().onEnd(() -> ended(served, link));
        if (byName.get(name) != served) {
            // it was forgotten at the same time
            ended(served, link);
            return take(link, name, tries);
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

    private void ended(Served served, Link link) {
        served.server().ended(link.transport());
        changed();
    }

    /** Other nodes may need to know something. Does not block. */
    private void changed() {
        if (others != null) {
            others.changed();
        }
    }

    private boolean isReplaceable(AttachedServer server, @Nullable Link before, Link link)
            throws InterruptedException {
        SharedServer there = server.elsewhere();
        if (before != null) {
            return isReplacement(before, link);
        }
        if (there == null || others == null) {
            return true;
        }
        String instance = link.request().instance();
        return instance != null && instance.equals(there.instance())
                || !others.answers(server, there, PING);
    }

    private static boolean isReplacement(Link before, Link link) throws InterruptedException {
        String instance = link.request().instance();
        return instance != null && instance.equals(before.request().instance())
                || !before.transport().answersPing(PING);
    }

    private boolean isFull(AttachCredential credential) {
        return byName.size() >= properties.maxServers() || hasItsShare(credential.token());
    }

    /** Returns whether no further name may be taken with this token. */
    private boolean hasItsShare(String token) {
        return byName.values().stream().filter(each -> each.server().token().equals(token)).count()
                >= properties.share();
    }

    /** Returns the server of this name; null if there are too many, or it has another token. */
    private @Nullable Served served(AttachCredential credential, String name) {
        if (!byName.containsKey(name) && isFull(credential)) {
            return null;
        }
        Served served = byName.computeIfAbsent(name, _ -> create(name, credential));
        return served.server().token().equals(credential.token()) ? served : null;
    }

    private Served create(String name, AttachCredential credential) {
        var server = new AttachedServer(name, credential, others == null ? NO_OTHERS : others);
        return new Served(server, upstreams.attach(name, spec, server));
    }

    /** What other nodes have written. */
    private final class FromOtherNodes implements SharedServers.Receiver {

        @Override
        public Collection<AttachedServer> all() {
            return byName.values().stream().map(Served::server).toList();
        }

        @Override
        public @Nullable AttachedServer find(String name) {
            Served known = byName.get(name);
            return known == null ? null : known.server();
        }

        @Override
        public void elsewhere(String name, long epoch, SharedServer there) {
            AttachCredential credential = tokens.named(there.token());
            if (credential == null || isTaken(name)) {
                return;
            }
            Served known = byName.get(name);
            if (known != null && !known.server().token().equals(there.token())) {
                removed(name); // it has been given up, and taken with another token
                known = null;
            }
            if (known == null && byName.size() < properties.maxServers() && !isForgotten(there)) {
                known = byName.computeIfAbsent(name, _ -> create(name, credential));
            }
            if (known != null && known.server().moved(epoch, there)) {
                log.info(
                        "Upstream '{}' is {} at node {}",
                        name,
                        there.state().name().toLowerCase(Locale.ROOT),
                        there.node());
                known.upstream().available();
            }
        }

        private boolean isForgotten(SharedServer there) {
            return !there.kept()
                    && there.state() == State.OFFLINE
                    && !Instant.now().isBefore(there.sinceInstant().plus(properties.grace()));
        }

        @Override
        public void disconnect(String name) {
            disconnectHere(name);
        }

        @Override
        public void removed(String name) {
            Served known = byName.get(name);
            if (known != null) {
                AttachedServers.this.remove(known, CloseReason.REPLACED, "the name is taken");
            }
        }
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
        if (served == null || served.server().view().state() != State.ONLINE) {
            return false;
        }
        served.upstream().refresh();
        return true;
    }

    @Override
    public @Nullable Duration ping(String name) throws InterruptedException {
        Served served = byName.get(name);
        if (served == null) {
            return null;
        }
        long begun = System.nanoTime();
        Link link = served.server().link();
        SharedServer there = served.server().elsewhere();
        boolean answers =
                there != null && others != null
                        ? others.answers(served.server(), there, PING)
                        : link != null && link.transport().answersPing(PING);
        return answers ? Duration.ofNanos(System.nanoTime() - begun) : null;
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
        Served served = byName.get(name);
        SharedServer there = served == null ? null : served.server().elsewhere();
        if (there != null && others != null && there.state() != State.OFFLINE) {
            others.disconnect(there, name);
            return true;
        }
        return disconnectHere(name);
    }

    /** Returns whether this node has the connection. */
    private boolean disconnectHere(String name) {
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
                    remove(each, CloseReason.CREDENTIAL_EXPIRED, "its token is revoked");
                });
        changed();
    }

    /** Removes a server, and closes its connection with the reason. */
    private void remove(Served served, CloseReason reason, String because) {
        boolean removed = byName.remove(served.server().name(), served);
        Link link = served.server().link();
        if (link != null) {
            // first, since the upstream closes what is left without a reason
            link.transport().close(reason, because);
        }
        if (removed) {
            served.upstream().close();
        }
    }

    /** Applies the revocations of other replicas on this one. */
    @Scheduled(fixedDelay = 10_000, scheduler = SchedulerNames.SPRINGLINE)
    void sync() throws InterruptedException {
        tokens.sync();
    }

    /** Removes servers that have been away for too long. */
    @Scheduled(fixedDelay = 1_000, scheduler = SchedulerNames.SPRINGLINE)
    void sweep() {
        if (others != null) {
            others.sweep();
        }
        Instant now = Instant.now();
        byName.keySet().forEach(name -> forgetIfGone(name, now));
    }

    private void forgetIfGone(String name, Instant now) {
        byName.computeIfPresent(
                name,
                (_, served) -> {
                    if (!served.server().isForgotten(properties.grace(), now)) {
                        return served;
                    }
                    served.upstream().close();
                    if (others != null) {
                        others.forgotten(served.server());
                    }
                    log.info("Upstream '{}' has not come back: its features are removed", name);
                    return null;
                });
    }

    /** Returns the number of servers with a connection to this node. */
    int connections() {
        return (int) byName.values().stream().filter(each -> each.server().link() != null).count();
    }

    /**
     * Closes connections, so that the servers attach to another replica: those without running
     * calls, or any after {@link #fail}.
     *
     * @return the number of connections that were closed
     */
    int closeIdle(int most) {
        int closed = 0;
        for (Served each : byName.values()) {
            Link link = each.server().link();
            if (closed < most && link != null && link.transport().leave(failing)) {
                closed++;
            }
        }
        return closed;
    }

    /** From now on, connections are closed even if calls run: these fail. */
    void fail() {
        failing = true;
    }
}
