package io.springline.relay;

import io.springline.relay.GauntletScenario.Out;
import io.springline.relay.GauntletScenario.Reach;
import io.springline.relay.GauntletScenario.Reply;
import io.springline.relay.TestHttpUpstream.Asked;
import io.springline.relay.TestHttpUpstream.Script;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * All servers of the gauntlet, in this JVM. A stdio server is a shell that copies between its
 * streams and a socket of ours, so that it costs no JVM; HTTP servers share one port.
 */
final class GauntletServer implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String COPY =
            "exec 3<>/dev/tcp/127.0.0.1/%d; echo %s >&3; { cat <&3; kill -9 $$; } & cat >&3; kill $!";

    private static final Map<String, Reply> GOOD = new HashMap<>();

    static {
        result(
                "initialize",
                "{'protocolVersion':'2025-11-25','serverInfo':{'name':'g','version':'1'},"
                        + "'capabilities':{'tools':{'listChanged':true},'prompts':{},'resources':{},'logging':{}}}");
        result("tools/list", "{'tools':[{'name':'a','inputSchema':{'type':'object'}}]}");
        result("prompts/list", "{'prompts':[{'name':'p'}]}");
        result("resources/list", "{'resources':[{'uri':'r://a','name':'r'}]}");
        result("resources/templates/list", "{'resourceTemplates':[]}");
        result("tools/call", "{'content':[{'type':'text','text':'called'}]}");
        result("ping", "{}");
        result("logging/setLevel", "{}");
    }

    private static void result(String method, String result) {
        GOOD.put(
                method,
                (request, out) ->
                        out.send(
                                "{'jsonrpc':'2.0','id':%s,'result':%s}"
                                        .formatted(request.path("id"), result)));
    }

    private static final Reply NOT_FOUND =
            (request, out) ->
                    out.send(
                            "{'jsonrpc':'2.0','id':%s,'error':{'code':-32601,'message':'Method not found'}}"
                                    .formatted(request.path("id")));

    private final Map<String, GauntletScenario> scenarios = new HashMap<>();
    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
    private final ServerSocket pipes;
    private final TestHttpUpstream http;

    GauntletServer(List<GauntletScenario> all) throws IOException {
        for (GauntletScenario scenario : all) {
            for (Reach reach : scenario.reach) {
                if (scenarios.put(scenario.upstream(reach), scenario) != null) {
                    throw new IllegalArgumentException("twice: " + scenario);
                }
            }
        }
        pipes = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        http = new TestHttpUpstream(this::answer);
        Thread.ofVirtual().start(this::acceptPipes);
    }

    /** Of all upstreams, as arguments of the service. */
    List<String> properties() {
        var arguments = new ArrayList<String>();
        scenarios.forEach((name, scenario) -> {
            String prefix = "--springline.relay.upstreams." + name + ".";
            var properties = new LinkedHashMap<String, String>();
            properties.put("era", "legacy");
            properties.put("connect-timeout", "30s");
            properties.put("timeout", "30s");
            if (scenario.url != null) {
                properties.put("url", scenario.url.replace("@PORT", "" + http.port()));
            } else if (name.endsWith("-http")) {
                properties.put("url", http.url() + "/" + name);
            } else {
                String script =
                        scenario.command == null
                                ? COPY.formatted(pipes.getLocalPort(), name)
                                : scenario.command;
                properties.put("command", "bash");
                properties.put("args[0]", "-c");
                properties.put("args[1]", script);
            }
            properties.putAll(scenario.properties);
            properties.forEach((key, value) -> arguments.add(prefix + key + "=" + value));
        });
        return arguments;
    }

    Set<String> names() {
        return scenarios.keySet();
    }

    /** How often an upstream was asked this. */
    int count(String upstream, String method) {
        AtomicInteger count = counts.get(upstream + " " + method);
        return count == null ? 0 : count.get();
    }

    private Reply reply(String upstream, GauntletScenario scenario, String method) {
        counts.computeIfAbsent(upstream + " " + method, _ -> new AtomicInteger()).incrementAndGet();
        Reply own = scenario.replies.get(method);
        return own != null ? own : GOOD.getOrDefault(method, NOT_FOUND);
    }

    private void acceptPipes() {
        try {
            while (true) {
                Socket pipe = pipes.accept();
                Thread.ofVirtual().start(() -> servePipe(pipe));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void servePipe(Socket pipe) {
        try (pipe;
                var in =
                        new BufferedReader(
                                new InputStreamReader(
                                        pipe.getInputStream(), StandardCharsets.UTF_8))) {
            String name = in.readLine();
            var out = new PipeOut(pipe, pipe.getOutputStream());
            for (String line; (line = in.readLine()) != null; ) {
                JsonNode message = JSON.readTree(line);
                String method = message.path("method").asString("");
                Reply reply = reply(name, scenarios.get(name), method);
                if (message.has("id") || scenarios.get(name).replies.containsKey(method)) {
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    reply.to(message, out);
                                } catch (Exception e) {
                                    out.die();
                                }
                            });
                }
            }
        } catch (IOException | JacksonException e) {
            // gone
        }
    }

    private record PipeOut(Socket pipe, OutputStream stream) implements Out {

        @Override
        public void send(String json) throws IOException {
            bytes((json.replace('\'', '"') + "\n").getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void bytes(byte[] bytes) throws IOException {
            synchronized (pipe) {
                stream.write(bytes);
                stream.flush();
            }
        }

        @Override
        public void die() {
            try {
                pipe.close();
            } catch (IOException e) {
                // dead already
            }
        }
    }

    private void answer(Asked asked) throws Exception {
        String name = asked.target().replaceAll("^/mcp/([^/?]*).*", "$1");
        GauntletScenario scenario = scenarios.get(name);
        if (scenario == null) {
            asked.status(404);
            return;
        }
        String method = asked.verb().equals("POST") ? asked.method() : asked.verb();
        Reply reply = reply(name, scenario, method);
        Script script = scenario.scripts.getOrDefault(method, scenario.scripts.get("*"));
        if (script != null) {
            script.answer(asked);
        } else if (!asked.verb().equals("POST")) {
            asked.status(405);
        } else if (!asked.body().has("id") || method.isEmpty()) {
            asked.status(202);
        } else {
            var out = new HttpOut();
            reply.to(asked.body(), out);
            out.finish(asked);
        }
    }

    /** One message is a JSON body, several are an event stream, none is an empty body. */
    private static final class HttpOut implements Out {

        private final List<String> messages = new ArrayList<>();

        @Override
        public void send(String json) {
            messages.add(json.replace('\'', '"'));
        }

        @Override
        public void die() throws IOException {
            throw new IOException("cut");
        }

        void finish(Asked asked) throws IOException {
            switch (messages.size()) {
                case 0 -> asked.bytes(200, new byte[0]);
                case 1 -> asked.json(200, messages.getFirst());
                default -> {
                    var events = asked.events();
                    messages.forEach(events::data);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        pipes.close();
        http.close();
    }
}
