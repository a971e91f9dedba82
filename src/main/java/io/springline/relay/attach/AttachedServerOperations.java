package io.springline.relay.attach;

import io.springline.relay.AttachedUpstreams;
import io.springline.relay.attach.AttachedServer.Link;
import io.springline.relay.attach.AttachedServers.Served;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What operators see of attached servers, and do with them, on any node. Thread-safe. */
final class AttachedServerOperations implements AttachedUpstreams {

    /** The maximum wait for an answer of the server. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final AttachedServers servers;
    private final AttachTokens tokens;
    private final @Nullable OtherNodes others;

    AttachedServerOperations(AttachedServers servers, AttachTokens tokens) {
        this.servers = servers;
        this.tokens = tokens;
        this.others = servers.others();
    }

    @Override
    public List<View> all() {
        return servers.all().stream()
                .map(AttachedServer::view)
                .sorted(Comparator.comparing(View::name))
                .toList();
    }

    @Override
    public boolean refresh(String name) {
        Served served = servers.served(name);
        if (served == null || served.server().view().state() != State.ONLINE) {
            return false;
        }
        served.upstream().refresh();
        return true;
    }

    @Override
    public @Nullable Duration ping(String name) throws InterruptedException {
        AttachedServer server = servers.find(name);
        if (server == null) {
            return null;
        }
        long begun = System.nanoTime();
        Link link = server.link();
        SharedServer there = server.elsewhere();
        boolean answers =
                there != null && others != null
                        ? others.answers(server, there, PATIENCE)
                        : link != null && link.transport().answersPing(PATIENCE);
        return answers ? Duration.ofNanos(System.nanoTime() - begun) : null;
    }

    @Override
    public @Nullable List<String> stderr(String name) throws InterruptedException {
        Link link = servers.link(name);
        return link != null && link.transport().isResumable()
                ? link.transport().stderr(PATIENCE)
                : null;
    }

    @Override
    public boolean disconnect(String name) {
        AttachedServer server = servers.find(name);
        SharedServer there = server == null ? null : server.elsewhere();
        if (there != null && others != null && there.state() != State.OFFLINE) {
            others.disconnect(there, name);
            return true;
        }
        return servers.disconnect(name);
    }

    @Override
    public boolean revoke(String token) throws InterruptedException {
        return tokens.revoke(token);
    }
}
