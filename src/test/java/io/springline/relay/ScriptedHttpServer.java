package io.springline.relay;

import io.springline.relay.TestHttpUpstream.Asked;
import io.springline.relay.TestHttpUpstream.Script;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import tools.jackson.databind.JsonNode;

/**
 * A legacy server over HTTP whose every answer a test sets, in JSON with single quotes. What is not
 * set is an empty result, or an empty list.
 */
final class ScriptedHttpServer implements Script {

    /** Answers one request. */
    @FunctionalInterface
    interface Reply {
        /** Returns the members of the answer that follow its id; null for no answer at all. */
        String to(JsonNode params) throws Exception;
    }

    private final Map<String, Reply> replies = new ConcurrentHashMap<>();
    private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
    private final BlockingQueue<String> notifications = new LinkedBlockingQueue<>();

    ScriptedHttpServer() {
        error("server/discover", -32601, "Method not found");
        result(
                "initialize",
                "{'protocolVersion':'2025-11-25','serverInfo':{'name':'scripted','version':'1'},"
                        + "'capabilities':{'tools':{},'prompts':{},'resources':{'subscribe':true},"
                        + "'logging':{}}}");
        result("tools/list", "{'tools':[]}");
        result("prompts/list", "{'prompts':[]}");
        result("resources/list", "{'resources':[]}");
        result("resources/templates/list", "{'resourceTemplates':[]}");
        result("tools/call", "{'content':[{'type':'text','text':'called'}]}");
    }

    ScriptedHttpServer result(String method, String result) {
        return reply(method, _ -> "'result':" + result);
    }

    ScriptedHttpServer error(String method, int code, String message) {
        return reply(method, _ -> "'error':{'code':%d,'message':'%s'}".formatted(code, message));
    }

    ScriptedHttpServer reply(String method, Reply reply) {
        replies.put(method, reply);
        return this;
    }

    ScriptedHttpServer notify(String method) {
        notifications.add("{'jsonrpc':'2.0','method':'%s'}".formatted(method));
        return this;
    }

    /** The params of all requests of this method. */
    List<JsonNode> asked(String method) {
        return requests.stream()
                .filter(each -> each.path("method").asString().equals(method))
                .map(each -> each.path("params"))
                .toList();
    }

    @Override
    public void answer(Asked asked) throws Exception {
        if (asked.verb().equals("GET")) {
            var events = asked.events();
            while (true) {
                events.data(notifications.take().replace('\'', '"'));
            }
        }
        requests.add(asked.body());
        if (!asked.body().has("id")) {
            asked.status(202);
            return;
        }
        Reply reply = replies.getOrDefault(asked.method(), _ -> "'result':{}");
        String members = reply.to(asked.body().path("params"));
        if (members != null) {
            asked.json(
                    200,
                    "{\"jsonrpc\":\"2.0\",\"id\":%s,%s}"
                            .formatted(asked.body().get("id"), members.replace('\'', '"')));
        }
    }
}
