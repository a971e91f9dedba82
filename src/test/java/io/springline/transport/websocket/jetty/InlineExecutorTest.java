package io.springline.transport.websocket.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InlineExecutorTest {

    private record Ran(String call, Thread on) {}

    private final InlineExecutor calls = new InlineExecutor();
    private final BlockingQueue<Ran> ran = new LinkedBlockingQueue<>();

    private Runnable call(String name) {
        return () -> ran.add(new Ran(name, Thread.currentThread()));
    }

    private static Thread reader(Runnable reading) throws InterruptedException {
        Thread reader = Thread.startVirtualThread(reading);
        reader.join();
        return reader;
    }

    private Ran next() throws InterruptedException {
        return ran.poll(60, TimeUnit.SECONDS);
    }

    @Test
    void runsASingleCallOnTheReadingThread() throws Exception {
        Thread reader =
                reader(() -> {
                    calls.execute(call("alone"));
                    assertThat(ran).isEmpty();
                    calls.serve();
                });
        assertThat(next()).isEqualTo(new Ran("alone", reader));
    }

    @Test
    void runsFurtherCallsOnOtherThreads() throws Exception {
        Thread reader =
                reader(() -> {
                    calls.execute(call("first"));
                    calls.execute(call("second"));
                    calls.serve();
                });
        Ran one = next();
        Ran other = next();
        assertThat(one.call().equals("first") ? one.on() : other.on()).isNotEqualTo(reader);
        assertThat(one.call().equals("second") ? one.on() : other.on()).isEqualTo(reader);
    }

    @Test
    void startsTheWaitingCallWhenAMessageFollows() throws Exception {
        reader(() -> {
            calls.execute(call("before a notification"));
            calls.more();
        });
        assertThat(next().call()).isEqualTo("before a notification");
    }

    @Test
    void startsAnewWithEachRead() throws Exception {
        reader(() -> {
            calls.execute(call("first"));
            calls.execute(call("second"));
            calls.serve();
        });
        next();
        next();
        Thread reader =
                reader(() -> {
                    calls.execute(call("third"));
                    calls.serve();
                });
        assertThat(next()).isEqualTo(new Ran("third", reader));
    }

    @Test
    void doesNotRunCallsOnAPlatformThread() throws Exception {
        calls.execute(call("read by a pool"));
        calls.serve();
        assertThat(next().on().isVirtual()).isTrue();
    }
}
