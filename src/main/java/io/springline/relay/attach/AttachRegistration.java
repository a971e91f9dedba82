package io.springline.relay.attach;

import io.springline.mcp.CloseReason;
import io.springline.relay.attach.AttachedServer.Link;
import io.springline.relay.attach.AttachedServers.Served;
import io.springline.relay.attach.connection.AttachedTransport;
import io.springline.relay.attach.limit.AttachAdmission;
import io.springline.relay.attach.limit.FlapGuard;
import io.springline.relay.client.CarriedExtensions;
import io.springline.relay.client.RelayMeta;
import io.springline.relay.client.UpstreamException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Performs the handshake with a server that has connected, and decides which name it gets. If
 * another server has the name:
 *
 * <ul>
 *   <li>The same {@code instance} again: the new connection replaces the old one.
 *   <li>The old connection does not answer {@code ping}: it is replaced.
 *   <li>Otherwise both stay, and the new server gets a number behind its name.
 * </ul>
 *
 * <p>Each connection is handled on a virtual thread of its own. Thread-safe.
 */
final class AttachRegistration {

    private static final Logger log = LoggerFactory.getLogger(AttachRegistration.class);

    /** The maximum wait for the old connection to prove that it is alive. */
    private static final Duration PING = Duration.ofSeconds(3);

    /** The maximum wait for one answer to {@code initialize}; servers may install themselves. */
    private static final Duration HANDSHAKE = Duration.ofSeconds(20);

    /** How often a connection tries to take one name, if other nodes try the same. */
    private static final int TRIES = 3;

    private final AttachedServers servers;
    private final AttachProperties properties;
    private final AttachTokens tokens;
    private final AttachAdmission admission;
    private final FlapGuard flaps;
    private final @Nullable OtherNodes others;

    AttachRegistration(
            AttachedServers servers,
            AttachProperties properties,
            AttachTokens tokens,
            AttachAdmission admission) {
        this.servers = servers;
        this.properties = properties;
        this.tokens = tokens;
        this.admission = admission;
        this.flaps = new FlapGuard(properties.maxConnectsPerMinute());
        this.others = servers.others();
    }

    /** Returns why a server cannot have the name that it asks for; null if it can. */
    @Nullable String refusal(AttachCredential credential, String name) {
        if (!credential.allows(name)) {
            return "the token does not allow the name '%s'".formatted(name);
        }
        return servers.isFree(credential, name) ? null : "the name '%s' is taken".formatted(name);
    }

    /** Returns how long a server has to wait before it may attach; zero if it may now. */
    Duration hold(AttachCredential credential, String name) {
        return flaps.remaining(flapKey(credential, name), System.nanoTime());
    }

    private static String flapKey(AttachCredential credential, String name) {
        return credential.token() + '/' + name;
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

    private void attach(AttachRequest request, AttachedTransport transport) {
        AttachCredential credential = request.credential();
        String asked = AttachNames.asked(credential, request.name());
        Duration held = asked == null ? Duration.ZERO : hold(credential, asked);
        if (!held.isZero()) {
            refuse(transport, request, heldOff(asked, held));
            return;
        }
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
            var link = new Link(transport, request, Instant.now());
            String wanted = AttachNames.wanted(request, serverName);
            Duration wait =
                    wanted == null
                            ? Duration.ZERO
                            : flaps.attach(
                                    flapKey(request.credential(), wanted), System.nanoTime());
            if (!wait.isZero()) {
                refuse(transport, request, heldOff(wanted, wait));
            } else if (wanted == null || !place(link, wanted)) {
                refuse(
                        transport,
                        request,
                        servers.hasItsShare(request.credential().token())
                                ? "its token has as many names as springline.attach.max-servers-per-token allows"
                                : "no name is free for it");
            } else if (tokens.isRevoked(request.credential())) {
                servers.closeRevoked();
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

    private String heldOff(@Nullable String name, Duration wait) {
        return "it attached as '%s' more than %d times within a minute, and is held off for %d s"
                .formatted(name, properties.maxConnectsPerMinute(), wait.toSeconds());
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

    /** Gives the connection the name, or else the name with a number; returns false if none. */
    private boolean place(Link link, String wanted) throws InterruptedException {
        AttachCredential credential = link.request().credential();
        for (int n = 1; n <= properties.maxServers() && link.transport().isOpen(); n++) {
            String name = AttachNames.numbered(wanted, n);
            if (credential.allows(name)
                    && servers.isFree(credential, name)
                    && take(link, name, TRIES)) {
                return true;
            }
        }
        return false;
    }

    /** Returns false if a server that is alive has the name. */
    private boolean take(Link link, String name, int tries) throws InterruptedException {
        AttachedServer known = servers.find(name);
        if (known != null && !known.token().equals(link.request().credential().token())) {
            return false; // another node has reported it meanwhile
        }
        Link before = known == null ? null : known.link();
        if (known == null
                ? servers.isFull(link.request().credential())
                : !isReplaceable(known, before, link)) {
            return false;
        }
        long epoch = 0;
        if (others != null) {
            epoch = others.claim(name, known == null ? null : known, link);
            if (epoch == 0) { // a server at another node has just taken it
                return tries > 1 && take(link, name, tries - 1);
            }
        }
        Served served = servers.create(link.request().credential(), name);
        if (served == null || !served.server().replace(before, link, epoch)) {
            return false;
        }
        link.transport().onEnd(() -> servers.ended(served, link));
        if (servers.served(name) != served) {
            // it was forgotten at the same time
            servers.ended(served, link);
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
                || others.hasGone(server, there, PING);
    }

    private static boolean isReplacement(Link before, Link link) throws InterruptedException {
        String instance = link.request().instance();
        return instance != null && instance.equals(before.request().instance())
                || !before.transport().answersPing(PING);
    }
}
