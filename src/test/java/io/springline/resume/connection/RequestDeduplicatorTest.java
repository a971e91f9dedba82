package io.springline.resume.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.RequestId;
import io.springline.mcp.LogLevel;
import io.springline.resume.connection.RequestDeduplicator.Elsewhere;
import io.springline.resume.connection.RequestDeduplicator.First;
import io.springline.resume.connection.RequestDeduplicator.Kept;
import io.springline.resume.connection.RequestDeduplicator.Running;
import io.springline.resume.connection.RequestDeduplicator.Settled;
import io.springline.resume.store.Runner;
import io.springline.resume.store.StoredSession;
import io.springline.session.LegacyState;
import io.springline.session.Outbound;
import io.springline.session.Outbound.Kind;
import io.springline.session.SessionState;
import io.springline.session.Subscriptions.Listen;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RequestDeduplicatorTest {

    private static final RequestId ID = new RequestId.Text("a");
    private static final RequestId OTHER = new RequestId.Text("b");

    private static final Runner THERE = new Runner(1, "there");
    private static final Runner HERE = new Runner(2, "here");

    private final RequestDeduplicator requests = new RequestDeduplicator();

    private static Outbound answer(RequestId id) {
        return Outbound.answering(id, new byte[] {1}, Kind.ESSENTIAL);
    }

    @Test
    void runsARequestOnceAndKeepsItsAnswerUntilItIsAcknowledged() {
        assertThat(requests.claim(ID)).isEqualTo(new First());
        assertThat(requests.claim(ID)).isEqualTo(new Running());
        Outbound answer = answer(ID);
        requests.answered(answer);
        assertThat(requests.claim(ID)).isEqualTo(new Kept(answer));
        requests.acknowledged(answer);
        assertThat(requests.claim(ID)).isEqualTo(new Settled());
        assertThat(requests.settled()).containsExactly(ID);
    }

    @Test
    void treatsADisclaimedRequestAsNew() {
        requests.claim(ID);
        requests.disclaim(ID);
        assertThat(requests.claim(ID)).isEqualTo(new First());
    }

    @Test
    void keepsAnAnswerThatIsDisclaimedTooLate() {
        requests.claim(ID);
        Outbound answer = answer(ID);
        requests.answered(answer);
        requests.disclaim(ID);
        assertThat(requests.claim(ID)).isEqualTo(new Kept(answer));
    }

    @Test
    void settlesARequestWithoutAnAnswer() {
        requests.claim(ID);
        assertThat(requests.unanswered(ID)).isTrue();
        assertThat(requests.claim(ID)).isEqualTo(new Settled());
    }

    @Test
    void ignoresTheEndOfAnUnknownRequest() {
        assertThat(requests.unanswered(ID)).isFalse();
        requests.answered(answer(ID));
        requests.acknowledged(answer(ID));
        assertThat(requests.settled()).isEmpty();
        assertThat(requests.claim(ID)).isEqualTo(new First());
    }

    @Test
    void settlesNothingThatStillRuns() {
        requests.claim(ID);
        requests.acknowledged(answer(ID));
        assertThat(requests.claim(ID)).isEqualTo(new Running());
    }

    @Test
    void ignoresMessagesThatAnswerNothing() {
        requests.claim(ID);
        requests.answered(Outbound.essential(new byte[] {1}));
        requests.acknowledged(Outbound.essential(new byte[] {1}));
        assertThat(requests.claim(ID)).isEqualTo(new Running());
    }

    @Test
    void runsAnEndedRequestAgainForAClientThatMayReuseItsId() {
        requests.claim(ID);
        assertThat(requests.claimAgain(ID)).isEqualTo(new Running());
        requests.answered(answer(ID));
        assertThat(requests.claimAgain(ID)).isEqualTo(new First());
        requests.unanswered(ID);
        assertThat(requests.claimAgain(ID)).isEqualTo(new First());
        assertThat(requests.settled()).isEmpty();
    }

    @Test
    void remembersTheLastSettledRequests() {
        for (int i = 0; i <= StoredSession.MAX_SETTLED; i++) {
            RequestId each = new RequestId.Text("settled-" + i);
            requests.claim(each);
            requests.unanswered(each);
        }
        assertThat(requests.settled())
                .hasSize(StoredSession.MAX_SETTLED)
                .startsWith(new RequestId.Text("settled-1"));
        assertThat(requests.claim(new RequestId.Text("settled-0"))).isEqualTo(new First());
        assertThat(requests.claim(new RequestId.Text("settled-1"))).isEqualTo(new Settled());
    }

    @Test
    void continuesWithWhatAnotherOwnerHasRecorded() {
        Outbound kept = answer(OTHER);
        var settled = new RequestId.Text("settled");
        requests.restore(
                new StoredSession(
                        List.of("digest"),
                        SessionState.NEW,
                        0,
                        List.of(Outbound.essential(new byte[] {1}), kept),
                        Map.of(ID, THERE),
                        List.of(settled)));
        assertThat(requests.claim(ID)).isEqualTo(new Elsewhere(THERE));
        assertThat(requests.claim(OTHER)).isEqualTo(new Kept(kept));
        assertThat(requests.claim(settled)).isEqualTo(new Settled());
        var mine = new RequestId.Text("mine");
        requests.claim(mine);
        assertThat(requests.elsewhere()).isEqualTo(Map.of(ID, THERE));
        assertThat(requests.running(HERE)).isEqualTo(Map.of(ID, THERE, mine, HERE));
    }

    @Test
    void takesTheFirstForwardedAnswerOnly() {
        requests.restore(
                new StoredSession(
                        List.of("digest"),
                        SessionState.NEW,
                        0,
                        List.of(),
                        Map.of(ID, THERE),
                        List.of()));
        assertThat(requests.claimForwarded(ID)).isTrue();
        requests.answered(answer(ID));
        assertThat(requests.claimForwarded(ID)).isFalse();
        requests.acknowledged(answer(ID));
        assertThat(requests.claimForwarded(ID)).isFalse();
    }

    @Test
    void takesAForwardedAnswerThatTheOwnerBeforeHasNotRecorded() {
        assertThat(requests.claimForwarded(ID)).isTrue();
        assertThat(requests.claimForwarded(ID)).isFalse();
        requests.answered(answer(ID));
        assertThat(requests.claim(ID)).isInstanceOf(Kept.class);
    }

    @Test
    void remembersFewerSettledIdsIfTheyAreLong() {
        String end = "-" + "x".repeat(RequestId.MAX_LENGTH - 5);
        int kept = RequestDeduplicator.MAX_SETTLED_LENGTH / RequestId.MAX_LENGTH;
        for (int i = 1000; i <= 1000 + kept; i++) {
            RequestId each = new RequestId.Text(i + end);
            requests.claim(each);
            requests.unanswered(each);
        }
        assertThat(requests.settled()).hasSize(kept).startsWith(new RequestId.Text("1001" + end));
        assertThat(requests.claimAgain(new RequestId.Text("1001" + end))).isEqualTo(new First());
        requests.unanswered(new RequestId.Text("1001" + end));
        assertThat(requests.settled()).hasSize(kept);
    }

    @Test
    void forgetsEverythingWhenItIsCleared() {
        requests.claim(ID);
        requests.claim(OTHER);
        requests.unanswered(OTHER);
        requests.clear();
        assertThat(requests.claim(ID)).isEqualTo(new First());
        assertThat(requests.claim(OTHER)).isEqualTo(new First());
    }

    @Test
    void countsAnOpenSubscriptionOfAnotherOwnerAsRunning() {
        var state =
                new SessionState(
                        new LegacyState.None(),
                        LogLevel.INFO,
                        null,
                        Set.of(),
                        Map.of(ID, new Listen(true, false, false, Set.of(), Set.of())),
                        Set.of());
        requests.restore(StoredSession.opened("token", state));
        assertThat(requests.claim(ID)).isEqualTo(new Running());
        assertThat(requests.elsewhere()).isEmpty();
    }
}
