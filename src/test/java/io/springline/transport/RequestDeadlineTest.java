package io.springline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.junit.jupiter.api.Test;

class RequestDeadlineTest {

    /** A deadline that has passed as soon as it applies. */
    private final RequestDeadline deadline = new RequestDeadline(Duration.ZERO, 2);

    /** A connection with the counters of Jetty. */
    private static final class Counters {

        long bytesIn;
        long requests;
        long responses;
        boolean closed;

        final EndPoint endPoint = proxy(EndPoint.class);
        final Connection connection = proxy(Connection.class, ConnectionMetaData.class);

        void receive() {
            bytesIn += 100;
            requests++;
        }

        void serve() {
            receive();
            responses++;
        }

        @SuppressWarnings("unchecked")
        private <T> T proxy(Class<?>... types) {
            return (T)
                    Proxy.newProxyInstance(
                            Connection.class.getClassLoader(),
                            types,
                            (proxy, method, arguments) ->
                                    switch (method.getName()) {
                                        case "getBytesIn" -> bytesIn;
                                        case "getMessagesIn" -> requests;
                                        case "getMessagesOut" -> responses;
                                        case "getBytesOut" -> 100 * responses;
                                        case "getEndPoint" -> endPoint;
                                        case "close" -> {
                                            closed = true;
                                            yield null;
                                        }
                                        case "hashCode" -> System.identityHashCode(proxy);
                                        case "equals" -> proxy == arguments[0];
                                        case "toString" -> "connection";
                                        default ->
                                                throw new UnsupportedOperationException(
                                                        method.getName());
                                    });
        }
    }

    private Counters open() {
        var counters = new Counters();
        deadline.onOpened(counters.connection);
        return counters;
    }

    @Test
    void closesAConnectionWithoutAFirstRequest() {
        var silent = open();

        deadline.sweep();

        assertThat(silent.closed).isTrue();
    }

    @Test
    void keepsAConnectionBetweenTwoRequests() {
        var idle = open();
        idle.serve();

        deadline.sweep();
        deadline.sweep();

        assertThat(idle.closed).isFalse();
    }

    @Test
    void keepsAConnectionWhoseRequestIsServed() {
        var served = open();
        served.receive();

        deadline.sweep();
        deadline.sweep();

        assertThat(served.closed).isFalse();
    }

    @Test
    void closesAConnectionWhoseNextRequestIsNotCompleted() {
        var slow = open();
        slow.serve();
        deadline.sweep();
        deadline.sweep();

        slow.bytesIn++;
        deadline.sweep();

        assertThat(slow.closed).isTrue();
    }

    @Test
    void beyondTheLimitClosesTheConnectionThatWasUsedLongestAgo() {
        var first = open();
        var second = open();
        first.serve();
        second.serve();
        deadline.sweep();
        first.serve();
        deadline.sweep();

        open();

        assertThat(second.closed).isTrue();
        assertThat(first.closed).isFalse();
    }
}
