package io.springline.relay.attach;

import io.springline.relay.AttachedUpstreams.State;
import io.springline.relay.attach.AttachedServer.Link;
import io.springline.relay.attach.node.NodeLinks;
import io.springline.relay.client.UpstreamTransport;
import io.springline.session.node.ClusterNodes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The other nodes, and the servers that have attached to them. Thread-safe. */
final class OtherNodes implements AttachedServer.Remote {

    private final ClusterNodes nodes;
    private final NodeLinks links;
    private final SharedServers records;

    OtherNodes(ClusterNodes nodes, SharedServers.Receiver receiver) {
        this.nodes = nodes;
        this.links = new NodeLinks(nodes, (name, epoch) -> transport(receiver.find(name), epoch));
        this.records = new SharedServers(nodes, receiver);
    }

    private static @Nullable UpstreamTransport transport(
            @Nullable AttachedServer server, long epoch) {
        if (server == null || server.epoch() != epoch) {
            return null;
        }
        Link link = server.link();
        return link == null ? null : link.transport().another();
    }

    @Override
    public UpstreamTransport transport(String name, SharedServer server, long epoch) {
        return links.to(server.node(), name, epoch);
    }

    @Override
    public boolean isReachable(String node) {
        return !nodes.isAway() && nodes.checkAlive(node);
    }

    /** See {@link SharedServers#claim}. */
    long claim(String name, @Nullable AttachedServer server, Link link)
            throws InterruptedException {
        long epoch = records.claim(name, server, link);
        if (epoch == 0) {
            records.sync();
        }
        return epoch;
    }

    /** Returns whether a server at another node answers {@code ping} in time. Blocks. */
    boolean answers(AttachedServer server, SharedServer there, Duration patience)
            throws InterruptedException {
        return there.state() != State.OFFLINE
                && isReachable(there.node())
                && links.ask(there.node(), server.name(), server.epoch(), "ping", patience) != null;
    }

    /**
     * Returns whether a server at another node has gone: it does not answer {@code ping} in time.
     * Returns false if it is not known, since Redis is away. Blocks.
     */
    boolean hasGone(AttachedServer server, SharedServer there, Duration patience)
            throws InterruptedException {
        return there.state() == State.OFFLINE
                || !nodes.isAway() && !answers(server, there, patience) && !nodes.isAway();
    }

    void disconnect(SharedServer there, String name) {
        records.disconnect(there, name);
    }

    void forgotten(AttachedServer server) {
        records.forgotten(server);
    }

    /** Other nodes may need to know something. Does not block. */
    void changed() {
        records.changed();
    }

    /** Called once a second. Does not block. */
    void sweep() {
        links.sweep();
        records.changed();
    }
}
