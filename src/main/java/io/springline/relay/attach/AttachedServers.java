package io.springline.relay.attach;

import io.springline.concurrent.SchedulerNames;
import io.springline.mcp.CloseReason;
import io.springline.relay.AttachedUpstreams.State;
import io.springline.relay.UpstreamAttachment;
import io.springline.relay.Upstreams;
import io.springline.relay.attach.AttachedServer.Link;
import io.springline.relay.attach.connection.AttachedTransport;
import io.springline.relay.client.UpstreamTransport;
import io.springline.relay.config.RelayProperties;
import io.springline.session.node.ClusterNodes;
import java.time.Instant;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * The attached servers by name: the servers of this node, and the servers that other nodes report.
 * Each is an upstream until it has been away for too long, or its token is revoked. Thread-safe.
 */
final class AttachedServers implements SharedServers.Receiver {

    private static final Logger log = LoggerFactory.getLogger(AttachedServers.class);

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

    /** A server, and the upstream that it has become. */
    record Served(AttachedServer server, UpstreamAttachment upstream) {}

    private final Upstreams upstreams;
    private final AttachProperties properties;
    private final AttachTokens tokens;
    private final AttachNames names;
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
            @Nullable ClusterNodes nodes) {
        this.upstreams = upstreams;
        this.properties = properties;
        this.tokens = tokens;
        this.names = new AttachNames(upstreams);
        tokens.onRevoked(this::closeRevoked);
        this.spec =
                RelayProperties.Upstream.attached(
                        properties.timeout(),
                        properties.probeInterval(),
                        properties.maxMessageSize());
        this.others = nodes == null ? null : new OtherNodes(nodes, this);
    }

    /** Returns the other nodes; null if this is the only one. */
    @Nullable OtherNodes others() {
        return others;
    }

    @Override
    public Collection<AttachedServer> all() {
        return byName.values().stream().map(Served::server).toList();
    }

    @Nullable Served served(String name) {
        return byName.get(name);
    }

    @Override
    public @Nullable AttachedServer find(String name) {
        Served served = byName.get(name);
        return served == null ? null : served.server();
    }

    /** Returns the connection of a server; null if this node has none. */
    @Nullable Link link(String name) {
        AttachedServer server = find(name);
        return server == null ? null : server.link();
    }

    /** Returns whether a server with this credential may have the name, as far as is known. */
    boolean isFree(AttachCredential credential, String name) {
        AttachedServer known = find(name);
        return !names.isReserved(name)
                && !tokens.isOnlyNameOfAnother(credential, name)
                && (known == null || known.token().equals(credential.token()));
    }

    /** Returns whether no further name may be taken with this credential. */
    boolean isFull(AttachCredential credential) {
        return byName.size() >= properties.maxServers() || hasItsShare(credential.token());
    }

    /** Returns whether the servers with this token have as many names as they may have. */
    boolean hasItsShare(String token) {
        return byName.values().stream().filter(each -> each.server().token().equals(token)).count()
                >= properties.share();
    }

    /**
     * Returns the server of this name, and creates it if necessary. Returns null if there are too
     * many servers, or if the name belongs to another token.
     */
    @Nullable Served create(AttachCredential credential, String name) {
        if (!byName.containsKey(name) && isFull(credential)) {
            return null;
        }
        Served served = byName.computeIfAbsent(name, _ -> upstream(name, credential));
        return served.server().token().equals(credential.token()) ? served : null;
    }

    private Served upstream(String name, AttachCredential credential) {
        var server = new AttachedServer(name, credential, others == null ? NO_OTHERS : others);
        return new Served(server, upstreams.attach(name, spec, server));
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

    /** A connection has ended. */
    void ended(Served served, Link link) {
        served.server().ended(link.transport());
        changed();
    }

    /** Other nodes may need to know something. Does not block. */
    private void changed() {
        if (others != null) {
            others.changed();
        }
    }

    @Override
    public void elsewhere(String name, long epoch, SharedServer there) {
        AttachCredential credential = tokens.named(there.token());
        if (credential == null || names.isReserved(name)) {
            return;
        }
        Served known = byName.get(name);
        if (known != null && !known.server().token().equals(there.token())) {
            if (epoch < known.server().epoch()) {
                return; // it was read before the server attached here
            }
            removed(name); // it has been given up, and taken with another token
            known = null;
        }
        if (known == null && byName.size() < properties.maxServers() && !isForgotten(there)) {
            known = byName.computeIfAbsent(name, _ -> upstream(name, credential));
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
    public void removed(String name) {
        Served known = byName.get(name);
        if (known != null) {
            // the server comes back, and is refused or gets another name
            remove(known, CloseReason.TRY_AGAIN_LATER, "the name is taken");
        }
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

    /** Closes the connections of servers whose token was revoked, removed or changed. */
    void closeRevoked() {
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
