package io.springline.relay.attach.node;

import io.springline.jsonrpc.JsonRpcMessage;
import io.springline.jsonrpc.JsonRpcMessage.Request;
import io.springline.jsonrpc.JsonRpcMessage.Response;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.relay.attach.node.NodeLink.Op;
import io.springline.relay.client.UpstreamTransport;
import io.springline.session.node.ClusterNodes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The links of this node with servers at other nodes, and of other nodes with servers here. */
public final class NodeLinks {

    /** A node that has been silent for this time counts as gone. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(20);

    /** A link that is not in use is checked with every fifth sweep. */
    private static final int IDLE_SWEEPS = 5;

    private static final int MAX_MESSAGE_BYTES = Integer.MAX_VALUE;

    /** The maximum number of links; further ones are refused. */
    private static final int MAX_LINKS = 10_000;

    /** The servers of this node. */
    @FunctionalInterface
    public interface Servers {

        /**
         * Returns a transport for another node.
         *
         * @param epoch of the connection that the other node means
         * @return null if the server has no such connection here
         */
        @Nullable UpstreamTransport transport(String server, long epoch);
    }

    private final ClusterNodes nodes;
    private final JsonRpcCodec codec;
    private final Servers servers;
    private final Map<String, NodeLink> links = new ConcurrentHashMap<>();

    /** Used by the thread that sweeps only. */
    private int sweeps;

    public NodeLinks(ClusterNodes nodes, Servers servers) {
        this.nodes = nodes;
        // messages of clients may be longer than those of servers, and were checked already
        this.codec = JsonRpcCodec.lenientJson(MAX_MESSAGE_BYTES);
        this.servers = servers;
        nodes.on(NodeLink.KIND, this::heard);
    }

    /** Returns a transport to a server at another node. */
    public UpstreamTransport to(String node, String server, long epoch) {
        return new NodeTransport(end -> {
            String id = UUID.randomUUID().toString();
            NodeLink link = link(node, id, end);
            link.open(server, epoch);
            return link;
        });
    }

    private NodeLink link(String node, String id, NodeLink.Receiver end) {
        var link = new NodeLink(nodes, node, id, codec, end, () -> links.remove(id));
        links.put(id, link);
        return link;
    }

    /**
     * Sends one request to a server at another node, and blocks until it is answered.
     *
     * @return null if there is no answer in time
     */
    public @Nullable Response ask(
            String node, String server, long epoch, String method, Duration patience)
            throws InterruptedException {
        var answer = new CompletableFuture<Response>();
        try (UpstreamTransport transport = to(node, server, epoch)) {
            transport.start(new OneAnswer(answer));
            transport.send(new Request(new RequestId.Text(UUID.randomUUID().toString()), method));
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IOException | ExecutionException | TimeoutException e) {
            return null;
        }
    }

    private record OneAnswer(CompletableFuture<Response> answer)
            implements UpstreamTransport.Receiver {

        @Override
        public void received(JsonRpcMessage message, @Nullable RequestId during) {
            if (message instanceof Response response) {
                answer.complete(response);
            }
        }

        @Override
        public void failed(RequestId request, String reason) {
            closed(reason);
        }

        @Override
        public void refused(RequestId request, String reason) {
            closed(reason);
        }

        @Override
        public void closed(String reason) {
            answer.completeExceptionally(new IOException(reason));
        }
    }

    /** Reads a message of another node: its name, the id of the link, what it is, its number. */
    private void heard(String subject, byte[] body) {
        String[] head = subject.split(" ", 4);
        if (head.length < 4) {
            return;
        }
        Op op = Op.valueOf(head[2]);
        long number = Long.parseLong(head[3]);
        NodeLink link = links.get(head[1]);
        if (link != null && link.peer().equals(head[0])) {
            link.heard(op, number, body);
        } else if (link == null && op == Op.OPEN) {
            opened(head[0], head[1], body);
        } else if (link == null && op != Op.CLOSE && op != Op.PROCESSED) {
            // the number of a PROCESSED counts this node's messages, not those of the other node
            unknown(head[0], head[1], "the connection between two nodes has ended", number);
        }
    }

    private void opened(String node, String id, byte[] body) {
        String[] wanted = new String(body, StandardCharsets.UTF_8).split(" ", 2);
        UpstreamTransport server =
                links.size() >= MAX_LINKS
                        ? null
                        : servers.transport(wanted[1], Long.parseLong(wanted[0]));
        if (server == null) {
            unknown(node, id, "the server is not connected to that node any more", 0);
            return;
        }
        var end = new ServedNode(server);
        NodeLink link = link(node, id, end);
        end.use(link);
        link.heard(Op.OPEN, 1, new byte[0]);
    }

    /** Ends a link that this node does not have: it may have processed all up to this number. */
    private void unknown(String node, String id, String reason, long processed) {
        nodes.send(
                node,
                NodeLink.KIND,
                "%s %s %s %d".formatted(nodes.self(), id, Op.CLOSE.name(), 0),
                (processed + " " + reason).getBytes(StandardCharsets.UTF_8));
    }

    /** Ends links with nodes that are gone, and lets the others know that this node is here. */
    public void sweep() {
        boolean away = nodes.isAway();
        sweeps++;
        for (NodeLink link : links.values()) {
            if (away) {
                link.end("Redis cannot be reached", Long.MAX_VALUE);
            } else if (!nodes.checkAlive(link.peer())
                    || link.silentNanos() > LONGEST_SILENCE.toNanos()) {
                link.end("node %s is gone".formatted(link.peer()), Long.MAX_VALUE);
            } else if (link.isInUse() || (sweeps + link.hashCode()) % IDLE_SWEEPS == 0) {
                link.beat();
            }
        }
    }
}
