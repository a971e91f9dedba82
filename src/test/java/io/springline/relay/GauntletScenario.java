package io.springline.relay;

import io.springline.relay.TestHttpUpstream.Script;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One way to misbehave, as data: what the server does, what of it must be served, and what the
 * operator must see. A server does what a good one does unless the scenario says otherwise; JSON is
 * written with single quotes.
 */
final class GauntletScenario {

    /** How the server is reached. */
    enum Reach {
        STDIO,
        HTTP
    }

    /** What a server writes for one request; each element of {@code out} is one message. */
    @FunctionalInterface
    interface Reply {
        void to(JsonNode request, Out out) throws Exception;
    }

    /** The server's side of a conversation. */
    interface Out {

        /** Sends one message. */
        void send(String json) throws Exception;

        /** Sends bytes as they are: over stdio only. */
        default void bytes(byte[] bytes) throws Exception {
            throw new UnsupportedOperationException("stdio only");
        }

        /** Ends the process, or cuts the connection. */
        void die() throws Exception;
    }

    /** What a call of a tool must bring: a part of the answer to the client. */
    record Call(String tool, String answer) {}

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    final int number = NUMBERS.incrementAndGet();
    final String name;
    final List<Reach> reach;
    final Map<String, Reply> replies = new LinkedHashMap<>();
    final Map<String, Script> scripts = new LinkedHashMap<>();
    final Map<String, String> properties = new LinkedHashMap<>();
    final List<Call> calls = new ArrayList<>();
    final Map<String, List<String>> lists = new LinkedHashMap<>();
    String state = "up";
    @Nullable String sees;
    @Nullable String command;
    @Nullable String url;

    private GauntletScenario(String name, Reach... reach) {
        this.name = name;
        this.reach = List.of(reach);
        lists.put("tools/list", List.of("a"));
    }

    /** Over stdio and over HTTP. */
    static GauntletScenario both(String name) {
        return new GauntletScenario(name, Reach.STDIO, Reach.HTTP);
    }

    static GauntletScenario stdio(String name) {
        return new GauntletScenario(name, Reach.STDIO);
    }

    static GauntletScenario http(String name) {
        return new GauntletScenario(name, Reach.HTTP);
    }

    /** Answers a method with these messages; {@code @ID} is the id of the request. */
    GauntletScenario on(String method, String... messages) {
        return reply(
                method,
                (request, out) -> {
                    for (String message : messages) {
                        out.send(message.replace("@ID", request.path("id").toString()));
                    }
                });
    }

    GauntletScenario result(String method, String result) {
        return on(method, "{'jsonrpc':'2.0','id':@ID,'result':" + result + "}");
    }

    GauntletScenario error(String method, int code, String message) {
        return on(
                method,
                "{'jsonrpc':'2.0','id':@ID,'error':{'code':%d,'message':'%s'}}"
                        .formatted(code, message));
    }

    GauntletScenario reply(String method, Reply reply) {
        replies.put(method, reply);
        return this;
    }

    /** Answers a POST of this method, or any {@code GET} or {@code *}, on the level of HTTP. */
    GauntletScenario script(String method, Script script) {
        scripts.put(method, script);
        return this;
    }

    /** Runs this shell script in place of a server. */
    GauntletScenario command(String script) {
        command = script;
        return this;
    }

    GauntletScenario url(String url) {
        this.url = url;
        return this;
    }

    /** A property of the upstream, such as {@code timeout=1s}. */
    GauntletScenario with(String property) {
        String[] pair = property.split("=", 2);
        properties.put(pair[0], pair[1]);
        return this;
    }

    /** What is listed at the upstream's own endpoint; nothing, if the upstream is of no use. */
    GauntletScenario serves(String... tools) {
        lists.put("tools/list", List.of(tools));
        return this;
    }

    /** The names, or URIs, of another list. */
    GauntletScenario serves(String method, List<String> keys) {
        lists.put(method, keys);
        return this;
    }

    GauntletScenario call(String tool, String answer) {
        calls.add(new Call(tool, answer));
        return this;
    }

    /** A part of the trouble, warnings or last lines in {@code /actuator/upstreams}. */
    GauntletScenario sees(String words) {
        sees = words;
        return this;
    }

    GauntletScenario state(String expected) {
        state = expected;
        return this;
    }

    GauntletScenario down(String words) {
        return serves().state("down").sees(words);
    }

    /** A name that an upstream may have: its number makes it one of a kind. */
    String upstream(Reach as) {
        String slug = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        return "%s-%d-%s"
                .formatted(
                        slug.substring(0, Math.min(slug.length(), 20)),
                        number,
                        as.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public String toString() {
        return name;
    }
}
