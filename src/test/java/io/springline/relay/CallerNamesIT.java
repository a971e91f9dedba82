package io.springline.relay;

import static io.springline.relay.RelayedService.call;
import static io.springline.relay.RelayedService.list;
import static io.springline.relay.RelayedService.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.SocketPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two upstreams with credentials of each caller offer a tool of the same name. */
class CallerNamesIT {

    @TempDir Path folder;

    private static ScriptedHttpServer server(String name) {
        return new ScriptedHttpServer()
                .result(
                        "tools/list",
                        "{'tools':[{'name':'search','inputSchema':{'type':'object'}}]}")
                .result("tools/call", "{'content':[{'type':'text','text':'%s'}]}".formatted(name));
    }

    private static String answerer(SocketPeer peer, String tool) throws Exception {
        return call(peer, tool, "{}").at("/result/content/0/text").asString();
    }

    private static List<String> tools(SocketPeer peer) throws Exception {
        return names(list(peer, "tools/list", "tools"), "name").stream()
                .filter(each -> each.endsWith("search"))
                .toList();
    }

    @Test
    void aNameStaysWithItsToolWhileTheConnectionIsClosedAsIdle() throws Exception {
        Path values = folder.resolve("keys.json");
        Files.writeString(values, "{\"ada\":\"a\",\"bob\":\"b\"}");
        var servers = new LinkedHashMap<String, TestHttpUpstream.Script>();
        servers.put("p", server("p"));
        servers.put("q", server("q"));
        var properties = new ArrayList<>(RelayedService.principals("ada", "bob"));
        for (String name : servers.keySet()) {
            String upstream = "--springline.relay.upstreams." + name + ".";
            properties.add(upstream + "auth.type=per-principal");
            properties.add(upstream + "auth.header=X-Api-Key");
            properties.add(upstream + "auth.file=" + values);
            properties.add(upstream + "idle-timeout=1s");
        }
        try (var service = new RelayedService(servers, properties.toArray(String[]::new));
                var ada = service.legacyAs("ada", "")) {
            assertThat(tools(ada)).containsExactlyInAnyOrder("search", "q_search");
            assertThat(answerer(ada, "search")).isEqualTo("p");
            await().until(() -> {
                assertThat(answerer(ada, "q_search")).isEqualTo("q");
                return service.view("p").connections() == 0;
            });
            try (var bob = service.legacyAs("bob", "")) {
                // registers the lists of all callers again
                assertThat(tools(bob)).containsExactlyInAnyOrder("search", "q_search");
            }
            assertThat(answerer(ada, "search")).isEqualTo("p");
            assertThat(tools(ada)).containsExactlyInAnyOrder("search", "q_search");
        }
    }
}
