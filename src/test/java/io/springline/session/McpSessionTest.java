package io.springline.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.springline.jsonrpc.JsonRpcException;
import io.springline.jsonrpc.RequestId;
import io.springline.jsonrpc.codec.JsonRpcCodec;
import io.springline.session.Subscriptions.Listen;
import io.springline.session.limit.Rate;
import io.springline.session.limit.SessionLimits;
import io.springline.session.request.InFlightRequests.Opened;
import io.springline.testing.RecordingConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class McpSessionTest {

    private static final RequestId ID = new RequestId.Number(1);

    private final McpSession session =
            new McpSession(
                    Caller.ANONYMOUS,
                    new RecordingConnection(),
                    JsonRpcCodec.json(1000),
                    new SessionLimits(8, Duration.ofMinutes(1), new Rate(1000)));

    @Test
    void itsEndCancelsWhatIsInFlight() {
        var opened = (Opened) session.inFlight().open(ID, _ -> fail("answered"), () -> {});
        session.end();
        assertThat(opened.request().isCancelled()).isTrue();
    }

    @Test
    void itsEndFailsWhatWeAskedAndWhateverWeAskLater() {
        assertThatThrownBy(() -> ask(session::end)).isInstanceOf(JsonRpcException.class);
        assertThatThrownBy(() -> ask(() -> fail("asked whom?")))
                .isInstanceOf(JsonRpcException.class);
    }

    private void ask(Runnable onSend) throws InterruptedException {
        session.outgoing()
                .call("ping", null, Duration.ofMinutes(1), _ -> onSend.run(), _ -> fail("late"));
    }

    @Test
    void nothingIsDeliveredOnceItHasEnded() {
        session.subscriptions().subscribe("file:///a");
        session.subscriptions().open(ID, new Listen(true, true, true, Set.of()));
        session.end();
        assertThat(session.subscriptions().uris()).isEmpty();
        assertThat(session.subscriptions().listens()).isEmpty();
    }

    @Test
    void whatIsToBeDoneAtItsEndIsDoneOnceAndAtOnceAfterwards() {
        List<String> done = new ArrayList<>();
        session.onEnd(() -> done.add("registered"));
        assertThat(done).isEmpty();
        session.end();
        session.end();
        assertThat(done).containsExactly("registered");
        session.onEnd(() -> done.add("late"));
        assertThat(done).containsExactly("registered", "late");
    }

    @Test
    void runsEachEndActionAlthoughAnotherThrows() {
        List<String> done = new ArrayList<>();
        session.onEnd(() -> {
            throw new IllegalStateException("of the handler");
        });
        session.onEnd(() -> done.add("second"));
        session.end();
        assertThat(done).containsExactly("second");
    }

    @Test
    void cancelsEachRequestAlthoughACancelActionThrows() {
        List<String> done = new ArrayList<>();
        for (int id = 1; id <= 2; id++) {
            var opened =
                    (Opened)
                            session.inFlight()
                                    .open(
                                            new RequestId.Number(id),
                                            _ -> fail("answered"),
                                            () -> {});
            opened.request()
                    .onCancel(() -> {
                        throw new StackOverflowError("of the handler");
                    });
            opened.request().onCancel(() -> done.add("after"));
        }
        session.onEnd(() -> done.add("end"));
        session.end();
        assertThat(done).containsExactly("after", "after", "end");
    }
}
