package io.springline.relay;

import static io.springline.relay.RelayedService.list;
import static io.springline.relay.RelayedService.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Upstreams that are connected only to read their lists, until a client calls. */
class LazyUpstreamIT {

    /** Ends while its tools are requested; another time it answers. */
    private static final String SCRIPT =
            """
            id() { printf '%s' "$1" | sed 's/.*"id":\\("[^"]*"\\).*/\\1/'; }
            while IFS= read -r line; do
              case "$line" in
                *'"initialize"'*)
                  printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"x","version":"1"}}}\\n' "$(id "$line")" ;;
                *'"tools/list"'*)
                  if [ ! -e "$1" ]; then : > "$1"; exit 1; fi
                  printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"late","inputSchema":{"type":"object"}}]}}\\n' "$(id "$line")" ;;
                *'"ping"'*)
                  printf '{"jsonrpc":"2.0","id":%s,"result":{}}\\n' "$(id "$line")" ;;
              esac
            done
            """;

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"start=lazy", "mode=per-session"})
    void readsTheListsAgainIfTheFirstProcessEndsMeanwhile(String property) throws Exception {
        Path script = Files.writeString(folder.resolve("server.sh"), SCRIPT);
        Path ended = folder.resolve("ended");
        String upstream = "--springline.relay.upstreams.x.";
        try (var service =
                        new RelayedService(
                                Map.of(),
                                upstream + "command=sh",
                                upstream + "args[0]=" + script,
                                upstream + "args[1]=" + ended,
                                upstream + "era=legacy",
                                upstream + property);
                var peer = service.legacy("")) {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> names(list(peer, "tools/list", "tools"), "name").contains("late"));
            assertThat(ended).exists();
        }
    }
}
