package io.springline.resume.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.ClientCapabilities;
import io.springline.mcp.LogLevel;
import io.springline.mcp.ProtocolVersion;
import io.springline.resume.store.ResumeResult.Reason;
import io.springline.resume.store.SessionLease.Outcome;
import io.springline.resume.store.SessionStore.Attempt;
import io.springline.resume.store.SessionStore.Binding;
import io.springline.resume.store.SessionStore.Claim;
import io.springline.resume.store.SessionStore.Claimed;
import io.springline.resume.store.SessionStore.Denied;
import io.springline.resume.store.SessionStore.ForwardedMessage;
import io.springline.resume.store.SessionStore.Listener;
import io.springline.session.LegacyState.LegacyClient;
import io.springline.session.LegacyState.Operational;
import io.springline.session.Outbound;
import io.springline.session.Outbound.Kind;
import io.springline.session.Peer;
import io.springline.session.SessionState;
import io.springline.session.Subscriptions.Listen;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

/** What every store keeps to that several nodes share, with two nodes. */
public abstract class SessionStoreContract {

    private static final RequestId ONE = new RequestId.Number(1);
    private static final RequestId ONE_AS_TEXT = new RequestId.Text("1");
    private static final String CURRENT = "digest-1";
    private static final String NEXT = "digest-2";

    private final Binding binding = new Binding(UUID.randomUUID().toString(), "alice", "", "epoch");
    private final Node a = new Node();
    private final Node b = new Node();

    /** A store for one more node, ready to be used. */
    protected abstract SessionStore another();

    /** What a node is told. */
    private static final class Node implements Listener {

        SessionStore store;
        final Queue<String> moved = new ConcurrentLinkedQueue<>();
        final Queue<ForwardedMessage> arrived = new ConcurrentLinkedQueue<>();
        final Queue<String> told = new ConcurrentLinkedQueue<>();

        @Override
        public void moved(String session, long fence) {
            moved.add(session);
        }

        @Override
        public void arrived(String session, long fence, ForwardedMessage arrival) {
            arrived.add(arrival);
        }

        @Override
        public void told(String session, byte[] message) {
            told.add(new String(message, StandardCharsets.UTF_8));
        }

        @Override
        public @Nullable StoredSession snapshot(String session, long fence) {
            return null;
        }
    }

    @BeforeEach
    void listen() {
        for (Node node : List.of(a, b)) {
            node.store = another();
            node.store.listen(node);
        }
    }

    private SessionLease open() throws Exception {
        return a.store.open(binding, StoredSession.opened(CURRENT, SessionState.NEW)).lease();
    }

    /** Waits until all that was written has arrived. */
    private static Outcome flush(SessionLease lease) throws InterruptedException {
        return lease.tokens(List.of(CURRENT)).await();
    }

    private Claim claim(Node node, Binding shown, String digest, long received) throws Exception {
        return node.store.claim(new Attempt(shown, digest, NEXT, received));
    }

    private Claimed claimed(Node node, String digest) throws Exception {
        return (Claimed) claim(node, binding, digest, 0);
    }

    private static Outbound message(String text, @Nullable RequestId answers) {
        byte[] payload = text.getBytes(StandardCharsets.UTF_8);
        return Outbound.answering(answers, payload, Kind.ESSENTIAL);
    }

    private static List<String> texts(List<Outbound> messages) {
        return messages.stream()
                .map(each -> new String(each.payload(), StandardCharsets.UTF_8))
                .toList();
    }

    /** Each message that has arrived, once, although it arrives again until it is taken. */
    private static Set<String> arrivals(Node node) {
        return new LinkedHashSet<>(
                texts(node.arrived.stream().map(ForwardedMessage::message).toList()));
    }

    private Binding shown(String principal, String endpoint, String epoch) {
        return new Binding(binding.session(), principal, endpoint, epoch);
    }

    @Test
    void whoeverClaimsItGetsAllThatWasWritten() throws Exception {
        SessionLease lease = open();
        assertThat(lease.fence()).isEqualTo(1);
        lease.running(ONE);
        lease.running(ONE_AS_TEXT);
        lease.sent(1, message("first", null));
        lease.sent(2, message("answer", ONE));
        lease.sent(3, message("third", null));
        lease.acknowledged(1);
        lease.settled(new RequestId.Number(7));
        flush(lease);
        Claimed claimed = (Claimed) claim(b, binding, CURRENT, 1);
        StoredSession session = claimed.session();
        assertThat(claimed.lease().fence()).isEqualTo(2);
        assertThat(session.tokens()).containsExactlyInAnyOrder(CURRENT, NEXT);
        assertThat(session.acknowledged()).isEqualTo(1);
        assertThat(texts(session.unacknowledged())).containsExactly("answer", "third");
        assertThat(session.unacknowledged().getFirst().answers()).isEqualTo(ONE);
        assertThat(session.running()).isEqualTo(Map.of(ONE_AS_TEXT, new Runner(1, a.store.node())));
        assertThat(session.settled()).containsExactly(new RequestId.Number(7));
        assertThat(session.state()).isEqualTo(SessionState.NEW);
    }

    @Test
    void whatWasAgreedOnGoesAlong() throws Exception {
        var info = JsonNodeFactory.instance.objectNode().put("name", "client").put("version", "1");
        var capabilities = JsonNodeFactory.instance.objectNode();
        capabilities.putObject("sampling");
        var state =
                new SessionState(
                        new Operational(
                                new LegacyClient(
                                        ProtocolVersion.LATEST_LEGACY,
                                        new ClientCapabilities(capabilities),
                                        info)),
                        LogLevel.WARNING,
                        Peer.of(ProtocolVersion.LATEST_LEGACY, info),
                        Set.of("file:///a"),
                        Map.of(
                                ONE,
                                new Listen(true, false, true, Set.of("file:///b")),
                                ONE_AS_TEXT,
                                new Listen(true, false, false, Set.of())),
                        Set.of(ONE_AS_TEXT));
        SessionLease lease = open();
        lease.state(state);
        flush(lease);
        assertThat(claimed(b, CURRENT).session().state()).isEqualTo(state);
    }

    @Test
    void theFormerOwnerIsToldAndCannotWriteAnyMore() throws Exception {
        SessionLease former = open();
        former.sent(1, message("before", null));
        flush(former);
        SessionLease lease = claimed(b, CURRENT).lease();
        await().until(() -> a.moved.contains(binding.session()));
        former.sent(2, message("zombie", null));
        former.acknowledged(1);
        assertThat(former.running(ONE).await()).isEqualTo(Outcome.LOST);
        assertThat(former.tokens(List.of("other")).await()).isEqualTo(Outcome.LOST);
        former.end(Reason.UNKNOWN);
        lease.sent(2, message("owner", null));
        assertThat(lease.tokens(List.of(NEXT)).await()).isEqualTo(Outcome.KEPT);
        StoredSession session = claimed(a, NEXT).session();
        assertThat(session.running()).isEmpty();
        assertThat(texts(session.unacknowledged()))
                .contains("before", "owner")
                .doesNotContain("zombie");
    }

    @Test
    void whoCannotProveItGetsNothingAndDisturbsNobody() throws Exception {
        SessionLease lease = open();
        lease.sent(1, message("first", null));
        lease.acknowledged(1);
        flush(lease);
        assertThat(claim(b, binding, "guess", 1)).isEqualTo(new Denied(Reason.UNKNOWN));
        assertThat(claim(b, shown("bob", "", "epoch"), CURRENT, 1))
                .isEqualTo(new Denied(Reason.NOT_YOURS));
        assertThat(claim(b, shown("alice", "files", "epoch"), CURRENT, 1))
                .isEqualTo(new Denied(Reason.UNKNOWN));
        assertThat(claim(b, shown("alice", "", "other"), CURRENT, 1))
                .isEqualTo(new Denied(Reason.UNKNOWN));
        assertThat(claim(b, binding, CURRENT, 0)).isEqualTo(new Denied(Reason.OVERFLOW));
        var unknown = new Binding("no-such-session", "alice", "", "epoch");
        assertThat(claim(b, unknown, CURRENT, 0)).isEqualTo(new Denied(Reason.UNKNOWN));
        assertThat(flush(lease)).isEqualTo(Outcome.KEPT);
        assertThat(a.moved).doesNotContain(binding.session());
    }

    @Test
    void aTokenIsGoodAsLongAsTheOwnerSaysSo() throws Exception {
        SessionLease lease = open();
        lease.tokens(List.of("newer", CURRENT)).await();
        lease.tokens(List.of("newer")).await();
        assertThat(claim(b, binding, CURRENT, 0)).isEqualTo(new Denied(Reason.UNKNOWN));
        assertThat(claim(b, binding, "newer", 0)).isInstanceOf(Claimed.class);
        assertThat(claim(a, binding, NEXT, 0)).isInstanceOf(Claimed.class);
    }

    @Test
    void ofManyThatClaimAtOnceTheLastOwnsItAndNobodyElse() throws Exception {
        open();
        List<Node> nodes = List.of(a, b);
        var leases = new ConcurrentLinkedQueue<SessionLease>();
        var barrier = new CyclicBarrier(8);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 8; i++) {
            Node node = nodes.get(i % 2);
            String next = "digest-of-" + i;
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    barrier.await();
                                    if (node.store.claim(new Attempt(binding, CURRENT, next, 0))
                                            instanceof Claimed claimed) {
                                        leases.add(claimed.lease());
                                    }
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        var owners = new ArrayList<Long>();
        for (SessionLease lease : leases) {
            if (lease.running(ONE).await() == Outcome.KEPT) {
                owners.add(lease.fence());
            }
        }
        assertThat(owners).containsExactly(9L);
    }

    @Test
    void anAnswerOfAFormerOwnerArrivesOnce() throws Exception {
        SessionLease former = open();
        former.running(ONE);
        flush(former);
        SessionLease lease = claimed(b, CURRENT).lease();
        former.forward(message("answer", ONE));
        await().until(() -> !b.arrived.isEmpty());
        ForwardedMessage arrival = b.arrived.element();
        assertThat(texts(List.of(arrival.message()))).containsExactly("answer");
        assertThat(arrival.message().answers()).isEqualTo(ONE);
        lease.sent(1, arrival.message());
        lease.taken(arrival.entry());
        lease.acknowledged(1);
        lease.settled(ONE);
        lease.tokens(List.of(NEXT)).await();
        former.forward(message("again", ONE));
        former.forward(message("another", new RequestId.Number(2)));
        await().until(() -> b.arrived.size() == 2);
        assertThat(texts(b.arrived.stream().map(ForwardedMessage::message).toList()))
                .containsExactly("answer", "another");
    }

    @Test
    void whatArrivedAndWasNotTakenGoesToTheNextOwner() throws Exception {
        SessionLease former = open();
        former.running(ONE);
        flush(former);
        claimed(b, CURRENT);
        former.forward(message("answer", ONE));
        await().until(() -> !b.arrived.isEmpty());
        claimed(a, NEXT).lease().poll(() -> {});
        await().until(() -> !a.arrived.isEmpty());
        assertThat(texts(a.arrived.stream().map(ForwardedMessage::message).toList()))
                .containsExactly("answer");
    }

    @Test
    void forwardsRefusedMessagesUnlessTheClientHasThem() throws Exception {
        SessionLease former = open();
        flush(former);
        assertThat(claim(b, binding, CURRENT, 1)).isInstanceOf(Claimed.class);
        // the claim has overtaken the writes
        former.sent(1, message("received before the claim", null));
        former.sent(2, message("question", null));
        assertThat(flush(former)).isEqualTo(Outcome.LOST);
        former.forward(message("later question", null));
        await().until(() -> arrivals(b).contains("later question"));
        assertThat(arrivals(b)).containsExactly("question", "later question");
    }

    @Test
    void forwardsNoMessageThatTheStoreHasAlready() throws Exception {
        SessionLease former = open();
        former.sent(1, message("in the log", null));
        flush(former);
        assertThat(texts(claimed(b, CURRENT).session().unacknowledged()))
                .containsExactly("in the log");
        // the answer to the write was lost, and the write is repeated
        former.sent(1, message("in the log", null));
        assertThat(flush(former)).isEqualTo(Outcome.LOST);
        former.forward(message("later", null));
        await().until(() -> arrivals(b).contains("later"));
        assertThat(arrivals(b)).containsExactly("later");
    }

    @Test
    void theOwnerTellsTheNodeThatRunsACall() throws Exception {
        SessionLease former = open();
        flush(former);
        SessionLease lease = claimed(b, CURRENT).lease();
        lease.tell(a.store.node(), "cancelled".getBytes(StandardCharsets.UTF_8));
        await().untilAsserted(() -> assertThat(a.told).containsExactly("cancelled"));
        assertThat(b.told).isEmpty();
    }

    @Test
    void whyASessionIsOverIsKeptForItsClient() throws Exception {
        SessionLease lease = open();
        lease.end(Reason.EXPIRED);
        flush(lease);
        await().untilAsserted(() ->
                assertThat(claim(b, binding, CURRENT, 0)).isEqualTo(new Denied(Reason.EXPIRED)));
        assertThat(claim(b, shown("bob", "", "epoch"), CURRENT, 0))
                .isEqualTo(new Denied(Reason.NOT_YOURS));
    }

    @Test
    void aParkedSessionWaitsAsItWas() throws Exception {
        SessionLease lease = open();
        lease.running(ONE).await();
        lease.park();
        lease.settled(ONE);
        lease.end(Reason.UNKNOWN);
        assertThat(claimed(b, CURRENT).session().running()).containsKey(ONE);
    }

    @Test
    void settledIdsAreRememberedUpToALimit() throws Exception {
        SessionLease lease = open();
        for (int i = 0; i <= StoredSession.MAX_SETTLED; i++) {
            lease.settled(new RequestId.Number(i));
        }
        flush(lease);
        assertThat(claimed(b, CURRENT).session().settled())
                .hasSize(StoredSession.MAX_SETTLED)
                .startsWith(new RequestId.Number(1))
                .endsWith(new RequestId.Number(StoredSession.MAX_SETTLED));
    }
}
