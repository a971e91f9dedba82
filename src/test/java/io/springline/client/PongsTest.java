package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.junit.jupiter.api.Test;

class PongsTest {

    private final List<String> sent = new ArrayList<>();
    private final Queue<Callback> unwritten = new ArrayDeque<>();
    private final Pongs pongs = new Pongs();

    /** Records the frames, and writes them when the test says so. */
    private final CoreSession session =
            (CoreSession)
                    Proxy.newProxyInstance(
                            CoreSession.class.getClassLoader(),
                            new Class<?>[] {CoreSession.class},
                            (_, _, arguments) -> {
                                Frame frame = (Frame) arguments[0];
                                assertThat(frame.getOpCode()).isEqualTo(OpCode.PONG);
                                sent.add(frame.getPayloadAsUTF8());
                                unwritten.add((Callback) arguments[1]);
                                return null;
                            });

    private void ping(String payload) {
        pongs.answer(new Frame(OpCode.PING, payload), session);
    }

    @Test
    void answersEachPingOfAServerThatReads() {
        ping("a");
        unwritten.remove().succeeded();
        ping("b");
        unwritten.remove().succeeded();
        assertThat(sent).containsExactly("a", "b");
    }

    @Test
    void answersTheNewestPingOnceThePongBeforeIsWritten() {
        for (int i = 0; i < 1000; i++) {
            ping("" + i);
        }
        assertThat(sent).containsExactly("0");
        unwritten.remove().succeeded();
        assertThat(sent).containsExactly("0", "999");
        unwritten.remove().succeeded();
        assertThat(unwritten).isEmpty();
        ping("x");
        assertThat(sent).last().isEqualTo("x");
    }

    @Test
    void answersNothingMoreAfterTheEnd() {
        ping("a");
        ping("b");
        unwritten.remove().failed(new IllegalStateException("closed"));
        unwritten.remove().failed(new IllegalStateException("closed"));
        assertThat(unwritten).isEmpty();
    }
}
