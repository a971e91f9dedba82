package io.springline.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.auth.CallerTokens;
import io.springline.relay.config.RelayProperties;
import io.springline.relay.consent.ConsentedUpstreams;
import io.springline.relay.stdio.ProcessStarts;
import io.springline.relay.upstream.SubscribedUris;
import io.springline.relay.upstream.Upstream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many upstream processes that start at the same time. */
class ProcessStartsIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    /**
     * A server that notes how many of its kind have started and not answered {@code initialize}
     * yet.
     */
    private static final String SERVER =
            """
            : > "$0/starting.$$"
            ls "$0" | grep -c '^starting' >> "$0/counts"
            while read -r line; do
              id=$(printf %s "$line" | sed -n 's/.*"id":\\("[^"]*"\\).*/\\1/p')
              case $line in
                *'"initialize"'*)
                  rm "$0/starting.$$"
                  printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{}}}\\n' "$id" ;;
                *'"id"'*)
                  printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}\\n' "$id" ;;
              esac
            done
            """;

    private final List<Upstream> upstreams = new ArrayList<>();
    private UpstreamFactory factory;

    @TempDir private Path files;

    private void start(int number, String name, String... command) {
        List<String> args = List.of(command).subList(1, command.length);
        for (int i = 0; i < number; i++) {
            Upstream upstream =
                    factory.create(
                            name + i,
                            RelayProperties.Upstream.process(command[0], args, Map.of(), null),
                            new SubscribedUris(name + i));
            upstreams.add(upstream);
            upstream.start(new Nobody());
        }
    }

    private void startServers(int number) {
        start(number, "server", "sh", "-c", SERVER, files.toString());
    }

    private long up() {
        return upstreams.stream().filter(Upstream::isUp).count();
    }

    private static final class Nobody implements Upstream.Observer {

        @Override
        public void attempted(Upstream upstream) {}

        @Override
        public CompletableFuture<Void> catalogueChanged(Upstream upstream) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void resourceUpdated(Upstream upstream, String uri) {}
    }

    private void limit(int limit, Duration longest) {
        ConsentedUpstreams unused = null;
        factory =
                new UpstreamFactory(
                        null, new CallerTokens(), unused, new ProcessStarts(limit, longest));
    }

    @AfterEach
    void close() throws Exception {
        upstreams.parallelStream().forEach(Upstream::close);
        factory.close();
    }

    @Test
    void noMoreThanTheLimitStartAtATime() throws Exception {
        limit(2, Duration.ofHours(1));
        startServers(12);
        await().atMost(LONG).until(() -> up() == 12);
        assertThat(Files.readAllLines(files.resolve("counts")))
                .hasSize(12)
                .allMatch(each -> Integer.parseInt(each) <= 2);
    }

    @Test
    void processesThatHangDoNotKeepOthersFromStarting() {
        limit(1, Duration.ofMillis(20));
        start(3, "hangs", "sleep", "1000");
        startServers(2);
        await().atMost(LONG).until(() -> up() == 2);
    }
}
