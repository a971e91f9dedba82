package io.springline.relay;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/**
 * A server of 2026-07-28 that runs its tools {@code render} and {@code burn} as tasks, which tests
 * move on. Ids are {@code up-1}, {@code up-2} and so on.
 */
final class TaskUpstream {

    private static final String TIMES =
            "'createdAt':'2026-11-29T09:00:00Z','lastUpdatedAt':'2026-11-29T09:00:00Z'";

    private static final String UNKNOWN = "'error':{'code':-32602,'message':'no such task'}";

    private final Map<String, String> states = new ConcurrentHashMap<>();
    private final Set<String> lost = ConcurrentHashMap.newKeySet();
    private final AtomicInteger created = new AtomicInteger();

    final ScriptedHttpServer server;

    TaskUpstream() {
        this("{'io.modelcontextprotocol/tasks':{}}");
    }

    /**
     * @param extensions that the server declares
     */
    TaskUpstream(String extensions) {
        server =
                new ScriptedHttpServer()
                        .result(
                                "server/discover",
                                "{'resultType':'complete','supportedVersions':['2026-07-28'],'ttlMs':1,'cacheScope':'private',"
                                        + "'capabilities':{'tools':{},'extensions':%s}}"
                                                .formatted(extensions))
                        .result(
                                "tools/list",
                                "{'resultType':'complete','ttlMs':1,'cacheScope':'private','tools':["
                                        + "{'name':'render','inputSchema':{'type':'object'}},{'name':'burn','inputSchema':{'type':'object'}}]}")
                        .reply("tools/call", _ -> "'result':" + create())
                        .reply("tasks/get", params -> known(params, "'result':" + get(id(params))))
                        .reply(
                                "tasks/update",
                                params -> known(params, "'result':{'resultType':'complete'}"))
                        .reply(
                                "tasks/cancel",
                                params -> {
                                    if (lost.contains(id(params))) {
                                        throw new IOException("lost");
                                    }
                                    return known(params, cancelled(id(params)));
                                });
    }

    private String create() {
        String id = "up-" + created.incrementAndGet();
        states.put(id, "'status':'working','statusMessage':'queued'");
        return "{'resultType':'task','taskId':'%s',%s,'ttlMs':60000,'pollIntervalMs':1000,'_meta':{'own':1},'status':'working','statusMessage':'queued'}"
                .formatted(id, TIMES);
    }

    private String get(String id) {
        return "{'resultType':'complete','taskId':'%s',%s,'ttlMs':60000,'pollIntervalMs':1000,%s}"
                .formatted(id, TIMES, states.get(id));
    }

    private String cancelled(String id) {
        states.computeIfPresent(id, (_, _) -> "'status':'cancelled'");
        return "'result':{'resultType':'complete'}";
    }

    private String known(JsonNode params, String answer) {
        return states.containsKey(id(params)) ? answer : UNKNOWN;
    }

    private static String id(JsonNode params) {
        return params.path("taskId").asString("");
    }

    /** Returns the id of the last task. */
    String last() {
        return "up-" + created.get();
    }

    /** Sets what {@code tasks/get} says of a task beside its times. */
    void set(String id, String members) {
        states.put(id, members);
    }

    void complete(String id, String text) {
        set(
                id,
                "'status':'completed','result':{'resultType':'complete','content':[{'type':'text','text':'%s'},{'type':'resource_link','uri':'ui://app/page.html','name':'page'}],'_meta':{'own':2}}"
                        .formatted(text));
    }

    /** Closes the connection in place of an answer to {@code tasks/cancel}. */
    void loseCancellation(String id) {
        lost.add(id);
    }

    void forget(String id) {
        states.remove(id);
    }

    /** Returns how often a method was called for a task. */
    long asked(String method, String id) {
        return server.asked(method).stream().filter(each -> id(each).equals(id)).count();
    }
}
