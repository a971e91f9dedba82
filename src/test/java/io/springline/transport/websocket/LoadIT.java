package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.RunningJar;
import io.springline.testing.SocketPeer;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Many connections at once against the jar: {@code -Dload.calls=10000} for longer. */
@Tag("slow")
class LoadIT {

    private static final int CONNECTIONS = 64;
    private static final int CALLS = Integer.getInteger("load.calls", 50);

    @Test
    void sixtyFourConnectionsCallEchoWithoutAnError() throws Exception {
        try (var server = new RunningJar().ready();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Integer> client = () -> callAgainAndAgain(server.uri());
            var calls =
                    IntStream.range(0, CONNECTIONS).mapToObj(_ -> threads.submit(client)).toList();
            int total = 0;
            for (Future<Integer> each : calls) {
                assertThat(each.get()).isEqualTo(CALLS);
                total += each.get();
            }
            System.out.println(CONNECTIONS + " connections, " + total + " calls, no error");
        }
    }

    private static int callAgainAndAgain(String uri) throws Exception {
        int calls = 0;
        try (var peer = SocketPeer.connect(uri)) {
            peer.initialize("2025-11-25", "{}");
            while (calls < CALLS) {
                var answer =
                        peer.ask(
                                """
                                {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"echo","arguments":{"message":"m%d"}}}\
                                """
                                        .formatted(calls, calls));
                assertThat(answer.get("id").asInt()).isEqualTo(calls);
                assertThat(answer.at("/result/content/0/text").asString())
                        .isEqualTo("Echo: m" + calls);
                calls++;
            }
        }
        return calls;
    }
}
