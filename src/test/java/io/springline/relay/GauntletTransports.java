package io.springline.relay;

import static io.springline.relay.GauntletScenario.http;
import static io.springline.relay.GauntletScenario.stdio;

import io.springline.relay.TestHttpUpstream.Asked;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** What servers do wrong with pipes, processes and HTTP. */
final class GauntletTransports {

    private static final String CALLED = "{\"content\":[{\"type\":\"text\",\"text\":\"called\"}]}";

    private GauntletTransports() {}

    private static byte[] bytes(String json) {
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static String called(tools.jackson.databind.JsonNode request) {
        return "{'jsonrpc':'2.0','id':%s,'result':{'content':[{'type':'text','text':'called'}]}}"
                .formatted(request.path("id"));
    }

    static List<GauntletScenario> pipes() {
        return List.of(
                stdio("logging to stdout")
                        .reply(
                                "tools/call",
                                (request, out) -> {
                                    out.bytes(
                                            bytes(
                                                    "INFO listening on stdio\n{not json}\n\u001b[32mok\u001b[0m\n{'level':'info','msg':'x'}\n"));
                                    out.bytes(bytes(called(request) + "\n"));
                                })
                        .call("a", "called")
                        .sees("INFO listening on stdio"),
                stdio("partial lines")
                        .reply(
                                "tools/call",
                                (request, out) -> {
                                    for (byte b : bytes(called(request) + "\n")) {
                                        out.bytes(new byte[] {b});
                                    }
                                })
                        .call("a", "called"),
                stdio("two messages in one write")
                        .reply(
                                "tools/call",
                                (request, out) ->
                                        out.bytes(
                                                bytes(
                                                        "{'jsonrpc':'2.0','method':'notifications/x'}\n"
                                                                + called(request)
                                                                + "\n")))
                        .call("a", "called"),
                stdio("lines of Windows")
                        .reply(
                                "tools/call",
                                (request, out) ->
                                        out.bytes(bytes("\r\n\r\n  \n" + called(request) + "\r\n")))
                        .call("a", "called"),
                stdio("byte order mark")
                        .reply(
                                "initialize",
                                (request, out) ->
                                        out.bytes(
                                                bytes(
                                                        "\uFEFF{'jsonrpc':'2.0','id':%s,'result':{'protocolVersion':'2025-06-18','serverInfo':{'name':'g','version':'1'},'capabilities':{'tools':{}}}}\n"
                                                                .formatted(request.path("id")))))
                        .serves("resources/list", List.of())
                        .call("a", "called"),
                stdio("bytes that are not UTF-8")
                        .reply(
                                "tools/call",
                                (request, out) -> {
                                    byte[] line =
                                            bytes(
                                                    called(request).replace("called", "caf_ called")
                                                            + "\n");
                                    for (int i = 0; i < line.length; i++) {
                                        line[i] = line[i] == '_' ? (byte) 0xE9 : line[i];
                                    }
                                    out.bytes(line);
                                })
                        .call("a", "called"),
                stdio("line that is too long")
                        .with("max-message-size=64KB")
                        .reply(
                                "tools/call",
                                (request, out) ->
                                        out.send(
                                                "{'jsonrpc':'2.0','id':%s,'result':{'x':'%s'}}"
                                                        .formatted(
                                                                request.path("id"),
                                                                "x".repeat(100_000))))
                        .call("a", "outcome is unknown")
                        .state("*")
                        .sees("line of more than 65536 bytes"),
                stdio("message over many lines")
                        .reply(
                                "tools/call",
                                (request, out) ->
                                        out.bytes(
                                                bytes(called(request).replace(",", ",\n") + "\n")))
                        .with("timeout=700ms")
                        .call("a", "Upstream")
                        .sees("jsonrpc"),
                stdio("command that does not exist")
                        .command("")
                        .serves()
                        .state("down")
                        .with("command=/no/such/program")
                        .sees("no/such/program"),
                stdio("exit at once").command("echo no API key >&2; exit 3").down("3"),
                stdio("last words")
                        .command("echo FATAL: set API_KEY >&2; exit 1")
                        .down("FATAL: set API_KEY"),
                stdio("exit without an error").command("exit 0").down("0"),
                stdio("killed by a signal").command("kill -9 $$").down("ended"),
                stdio("closed output but alive")
                        .command("exec >&-; sleep 1000")
                        .down("closed its standard output"),
                stdio("closed input but alive")
                        .command("exec <&-; sleep 1000")
                        .with("connect-timeout=3s")
                        .serves()
                        .state("*")
                        .sees("did not answer within"),
                stdio("never reads")
                        .command("sleep 1000")
                        .with("connect-timeout=1s")
                        .serves()
                        .state("*")
                        .sees("did not answer within"),
                stdio("only speaks to people")
                        .command("while true; do echo 'Welcome! Type help.'; sleep 1; done")
                        .with("connect-timeout=1s")
                        .serves()
                        .state("*")
                        .sees("Welcome!"),
                stdio("children that stay").command("sleep 1000 & sleep 1000 & exit 4").down("4"),
                stdio("flood of stderr")
                        .command("yes 'warning: deprecated' | head -c 3000000 >&2; exit 5")
                        .down("5"),
                stdio("dies in the middle of a list")
                        .reply(
                                "prompts/list",
                                (_, out) -> {
                                    out.bytes(
                                            bytes(
                                                    "{'jsonrpc':'2.0','id':'x','result':{'prompts':[{'na"));
                                    out.die();
                                })
                        .serves("prompts/list", List.of())
                        .state("*")
                        .sees("ended"),
                stdio("dies with each call")
                        .reply("tools/call", (_, out) -> out.die())
                        .call("a", "outcome is unknown")
                        .state("*")
                        .sees("ended"),
                stdio("dies while it is idle")
                        .reply(
                                "notifications/initialized",
                                (_, out) -> {
                                    Thread.sleep(300);
                                    out.die();
                                })
                        .state("*")
                        .sees("ended"));
    }

    static List<GauntletScenario> statuses() {
        var sessions = new AtomicInteger();
        var broken = new AtomicBoolean();
        return List.of(
                http("error 500 with HTML")
                        .script("*", asked -> asked.text(500, "text/html", "<h1>Oops</h1>"))
                        .down("HTTP 500"),
                http("error 502 with HTML")
                        .script("*", asked -> asked.text(502, "text/html", "<h1>Bad Gateway</h1>"))
                        .down("HTTP 502"),
                http("error 503 for calls")
                        .script(
                                "tools/call",
                                asked ->
                                        asked.set("Retry-After", "7")
                                                .text(503, "text/html", "busy"))
                        .call("a", "try again in 7 s"),
                http("error 429 for calls")
                        .script(
                                "tools/call",
                                asked ->
                                        asked.set("Retry-After", "7")
                                                .text(429, "text/plain", "slow down"))
                        .call("a", "accepts no more requests"),
                http("calls that only fail")
                        .script("tools/call", asked -> asked.text(502, "text/html", "x"))
                        .call("a", "HTTP 502")
                        .call("a", "HTTP 502")
                        .call("a", "HTTP 502")
                        .call("a", "HTTP 502"),
                http("all that fails after a while")
                        .script(
                                "*",
                                asked -> {
                                    if (broken.get() || asked.method().equals("tools/call")) {
                                        broken.set(true);
                                        asked.text(502, "text/html", "x");
                                    } else {
                                        good(asked);
                                    }
                                })
                        .call("a", "HTTP 502")
                        .call("a", "HTTP 502")
                        .state("*")
                        .sees("HTTP 502"),
                http("no credentials")
                        .script("*", asked -> asked.set("WWW-Authenticate", "Bearer").status(401))
                        .down("credentials"),
                http("no access")
                        .script("*", asked -> asked.json(403, "{\"error\":\"forbidden\"}"))
                        .down("denies access"),
                http("no such path")
                        .script("*", asked -> asked.text(404, "text/html", "<h1>Not Found</h1>"))
                        .down("HTTP 404"),
                http("page of welcome")
                        .script("*", asked -> asked.text(200, "text/html", "<h1>Sign in</h1>"))
                        .down("without a JSON-RPC response"),
                http("accepted but no answer")
                        .script("tools/call", asked -> asked.status(202))
                        .call("a", "without a JSON-RPC response"),
                http("no content for a call")
                        .script("tools/call", asked -> asked.status(204))
                        .call("a", "without a JSON-RPC response"),
                http("content for a notification")
                        .script(
                                "notifications/initialized",
                                asked -> asked.json(200, "{\"ok\":true}"))
                        .call("a", "called"),
                http("notification that is refused")
                        .script(
                                "notifications/initialized",
                                asked -> asked.json(400, "{\"error\":\"no id\"}"))
                        .call("a", "called"),
                http("redirect with a slash")
                        .script(
                                "*",
                                asked -> {
                                    if (asked.target().endsWith("/")) {
                                        good(asked);
                                    } else {
                                        asked.set("Location", asked.target() + "/").status(307);
                                    }
                                })
                        .call("a", "called"),
                http("redirect that moves for good")
                        .script(
                                "tools/call",
                                asked -> {
                                    if (asked.target().endsWith("/v2")) {
                                        asked.result(CALLED);
                                    } else {
                                        asked.set("Location", asked.target() + "/v2").status(308);
                                    }
                                })
                        .call("a", "called"),
                http("redirects in a circle")
                        .script("*", asked -> asked.set("Location", asked.target()).status(307))
                        .down("more than 5 times"),
                http("redirect elsewhere")
                        .script(
                                "*",
                                asked ->
                                        asked.set("Location", "https://login.example/").status(302))
                        .down("https://login.example/"),
                http("session that is lost")
                        .script(
                                "*",
                                asked ->
                                        session(
                                                asked,
                                                sessions,
                                                400,
                                                "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,\"message\":\"Bad Request: No valid session ID provided\"}}"))
                        .call("a", "called")
                        .call("a", "called")
                        .call("a", "called"),
                http("session of another case")
                        .script(
                                "initialize",
                                asked -> {
                                    asked.set("MCP-SESSION-ID", "x");
                                    good(asked);
                                })
                        .script(
                                "tools/call",
                                asked -> {
                                    if ("x".equals(asked.header("mcp-session-id"))) {
                                        asked.result(CALLED);
                                    } else {
                                        asked.status(400);
                                    }
                                })
                        .call("a", "called"),
                http("nobody listens").url("http://127.0.0.1:1/mcp").down("cannot be reached"),
                http("unknown host")
                        .url("http://no-such-host.invalid/mcp")
                        .down("host name is unknown"),
                http("TLS where there is none")
                        .url("https://127.0.0.1:@PORT/mcp/x")
                        .with("timeout=1s")
                        .with("connect-timeout=2s")
                        .serves()
                        .state("*")
                        .sees("answer"),
                http("headers that never come")
                        .script("*", _ -> Thread.sleep(60_000))
                        .with("connect-timeout=1s")
                        .serves()
                        .state("*")
                        .sees("did not answer within"));
    }

    static List<GauntletScenario> bodies() {
        return List.of(
                http("type of text")
                        .script(
                                "tools/call",
                                asked -> asked.text(200, "text/plain", asked.response(CALLED)))
                        .call("a", "called"),
                http("no type at all")
                        .script(
                                "tools/call",
                                asked ->
                                        asked.bytes(
                                                200,
                                                asked.response(CALLED)
                                                        .getBytes(StandardCharsets.UTF_8)))
                        .call("a", "called"),
                http("type of upper case")
                        .script(
                                "tools/call",
                                asked ->
                                        asked.text(
                                                200,
                                                "Application/JSON;Charset=UTF-8",
                                                asked.response(CALLED)))
                        .call("a", "called"),
                http("events as JSON")
                        .script(
                                "tools/call",
                                asked ->
                                        asked.text(
                                                200,
                                                "application/json",
                                                "event: message\ndata: "
                                                        + asked.response(CALLED)
                                                        + "\n\n"))
                        .call("a", "called"),
                http("JSON as events")
                        .script(
                                "tools/call",
                                asked ->
                                        asked.text(
                                                200, "text/event-stream", asked.response(CALLED)))
                        .call("a", "called"),
                http("mark before a body")
                        .script(
                                "tools/call",
                                asked -> asked.json(200, "\uFEFF" + asked.response(CALLED)))
                        .call("a", "called"),
                http("batch of one")
                        .script(
                                "tools/call",
                                asked -> asked.json(200, "[" + asked.response(CALLED) + "]"))
                        .call("a", "called"),
                http("events without a blank line")
                        .script(
                                "tools/call",
                                asked ->
                                        asked.text(
                                                200,
                                                "text/event-stream",
                                                "event: message\ndata: "
                                                        + asked.response(CALLED)
                                                        + "\n"))
                        .call("a", "called"),
                http("events without any line end")
                        .script(
                                "tools/call",
                                asked ->
                                        asked.text(
                                                200,
                                                "text/event-stream",
                                                "data: " + asked.response(CALLED)))
                        .call("a", "called"),
                http("events that are cut")
                        .script(
                                "tools/call",
                                asked -> {
                                    asked.events().raw("data: {\"jsonrpc\":\"2.0\",\"id\":");
                                    throw new IOException("cut");
                                })
                        .call("a", "ended the stream without a response"),
                http("events over many lines")
                        .script(
                                "tools/call",
                                asked ->
                                        asked.events()
                                                .raw(
                                                        ": x\r\n\r\nid: 7\r\nevent: message\r\ndata: "
                                                                + asked.response(CALLED)
                                                                        .replace(",", ",\r\ndata: ")
                                                                + "\r\n\r\n"))
                        .call("a", "called"),
                http("events of other types")
                        .script(
                                "tools/call",
                                asked ->
                                        asked.events()
                                                .raw(
                                                        "event: ping\ndata: {}\n\nevent: message\ndata: "
                                                                + asked.response(CALLED)
                                                                + "\n\n"))
                        .call("a", "called"),
                http("events that do not end")
                        .script(
                                "tools/call",
                                asked -> {
                                    asked.events().data(asked.response(CALLED));
                                    Thread.sleep(60_000);
                                })
                        .call("a", "called"),
                http("body that is cut")
                        .script(
                                "tools/call",
                                asked -> {
                                    asked.half("{\"jsonrpc\":\"2.0\",");
                                    throw new IOException("cut");
                                })
                        .call("a", "connection to the upstream was lost"),
                http("body that is too large")
                        .with("max-message-size=64KB")
                        .script(
                                "tools/call",
                                asked ->
                                        asked.json(
                                                200,
                                                asked.response("\"" + "x".repeat(100_000) + "\"")))
                        .call("a", "more than 65536 bytes"),
                http("connections that close")
                        .script(
                                "tools/call",
                                asked -> asked.set("Connection", "close").result(CALLED))
                        .call("a", "called")
                        .call("a", "called"),
                http("server of 2024-11-05")
                        .with("transport=auto")
                        .script("*", new OlderServer())
                        .call("a", "called"));
    }

    /** As the server of the gauntlet answers, for scripts that change something around it. */
    private static void good(Asked asked) throws IOException {
        switch (asked.method()) {
            case "initialize" ->
                    asked.result(
                            "{\"protocolVersion\":\"2025-06-18\",\"serverInfo\":{\"name\":\"g\",\"version\":\"1\"},\"capabilities\":{\"tools\":{},\"resources\":{}}}");
            case "tools/list" ->
                    asked.result(
                            "{\"tools\":[{\"name\":\"a\",\"inputSchema\":{\"type\":\"object\"}}]}");
            case "resources/list" ->
                    asked.result("{\"resources\":[{\"uri\":\"r://a\",\"name\":\"r\"}]}");
            case "resources/templates/list" -> asked.result("{\"resourceTemplates\":[]}");
            case "tools/call" -> asked.result(CALLED);
            default -> asked.status(asked.verb().equals("POST") ? 202 : 405);
        }
    }

    /** Forgets its session after each call. */
    private static void session(Asked asked, AtomicInteger sessions, int status, String body)
            throws IOException {
        if (asked.method().equals("initialize")) {
            asked.set("Mcp-Session-Id", "s" + sessions.incrementAndGet());
        } else if (!("s" + sessions.get()).equals(asked.header("Mcp-Session-Id"))) {
            asked.json(status, body);
            return;
        }
        if (asked.method().equals("tools/call")) {
            sessions.incrementAndGet();
        }
        good(asked);
    }

    /** HTTP+SSE at the same path; it refuses POSTs there. */
    private static final class OlderServer implements TestHttpUpstream.Script {

        private volatile TestHttpUpstream.Events stream;

        @Override
        public void answer(Asked asked) throws Exception {
            if (asked.verb().equals("GET")) {
                stream =
                        asked.events()
                                .raw("event: endpoint\ndata: " + asked.target() + "?session=1\n\n");
                Thread.sleep(600_000);
            } else if (!asked.target().contains("session=1")) {
                asked.status(405);
            } else {
                asked.status(202);
                switch (asked.method()) {
                    case "initialize" ->
                            stream.data(
                                    asked.response(
                                            "{\"protocolVersion\":\"2024-11-05\",\"serverInfo\":{\"name\":\"g\",\"version\":\"1\"},\"capabilities\":{\"tools\":{}}}"));
                    case "tools/list" ->
                            stream.data(
                                    asked.response(
                                            "{\"tools\":[{\"name\":\"a\",\"inputSchema\":{\"type\":\"object\"}}]}"));
                    case "tools/call" -> stream.data(asked.response(CALLED));
                    default -> {}
                }
            }
        }
    }
}
