package io.springline.relay;

import static io.springline.relay.GauntletScenario.both;
import static io.springline.relay.GauntletScenario.stdio;

import io.springline.relay.catalogue.CatalogueReader;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What servers do wrong in their messages, over whatever transport. */
final class GauntletMessages {

    private static final String TOOL = "{'name':'%s','inputSchema':{'type':'object'}}";
    private static final String HELLO =
            "{'protocolVersion':%s,'serverInfo':{'name':'g','version':'1'},'capabilities':%s}";
    private static final String ALL = "{'tools':{},'prompts':{},'resources':{}}";

    private GauntletMessages() {}

    private static String tools(String... names) {
        return "{'tools':[%s]}"
                .formatted(
                        List.of(names).stream()
                                .map(TOOL::formatted)
                                .collect(Collectors.joining(",")));
    }

    private static String hello(String version, String capabilities) {
        return HELLO.formatted(version, capabilities);
    }

    private static String text(String text) {
        return "{'content':[{'type':'text','text':'%s'}]}".formatted(text);
    }

    static List<GauntletScenario> lists() {
        return List.of(
                both("resource without a name")
                        .result(
                                "resources/list",
                                "{'resources':[{'uri':'r://1','name':''},{'uri':'r://2'},{'uri':'r://3','name':'n'}]}")
                        .serves("resources/list", List.of("r://3"))
                        .call("a", "called")
                        .sees("resources/list: entry 1"),
                both("template without a name")
                        .result(
                                "resources/templates/list",
                                "{'resourceTemplates':[{'uriTemplate':'t://{x}','name':''},{'uriTemplate':'t://{y}','name':'y'}]}")
                        .serves("resources/templates/list", List.of("t://{y}"))
                        .sees("resources/templates/list: entry 1"),
                both("entries that are no objects")
                        .result(
                                "tools/list",
                                "{'tools':[null,'x',7,[],{},{'name':7},{'name':null},%s]}"
                                        .formatted(TOOL.formatted("a")))
                        .sees("entry 1 is left out: it is not an object"),
                both("tool without inputSchema")
                        .result(
                                "tools/list",
                                "{'tools':[{'name':'a'},{'name':'b','inputSchema':null}]}")
                        .serves("a", "b")
                        .call("b", "called"),
                both("nulls and wrong types in a tool")
                        .result(
                                "tools/list",
                                "{'tools':[{'name':'a','title':null,'description':{'en':'x'},'annotations':[],'icons':'x','outputSchema':'x','inputSchema':{'type':'object','properties':null,'required':'a'}}]}")
                        .call("a", "called")
                        .sees("without its description"),
                both("resources that fail")
                        .error("resources/list", -32603, "the database is away")
                        .serves("resources/list", List.of())
                        .call("a", "called")
                        .sees("the database is away"),
                both("tools that fail")
                        .error("tools/list", -32000, "cannot enumerate")
                        .serves()
                        .serves("resources/list", List.of("r://a"))
                        .sees("cannot enumerate"),
                both("list that is unknown")
                        .error("prompts/list", -32601, "Method not found")
                        .serves("prompts/list", List.of()),
                both("cursor that is empty")
                        .result(
                                "tools/list",
                                "{'tools':[" + TOOL.formatted("a") + "],'nextCursor':''}"),
                both("cursor that is null")
                        .result(
                                "tools/list",
                                "{'tools':[" + TOOL.formatted("a") + "],'nextCursor':null}"),
                both("cursor that repeats")
                        .result(
                                "tools/list",
                                "{'tools':[" + TOOL.formatted("a") + "],'nextCursor':'x'}")
                        .sees("the same nextCursor came twice"),
                both("cursor that never ends")
                        .reply("tools/list", new Pages())
                        .serves(
                                IntStream.rangeClosed(1, CatalogueReader.MAX_PAGES)
                                        .mapToObj(page -> "a" + page)
                                        .toArray(String[]::new))
                        .sees("pages"),
                both("second page that fails")
                        .reply(
                                "tools/list",
                                (request, out) -> {
                                    if (request.at("/params/cursor").isMissingNode()) {
                                        out.send(
                                                "{'jsonrpc':'2.0','id':%s,'result':{'tools':[%s],'nextCursor':'2'}}"
                                                        .formatted(
                                                                request.path("id"),
                                                                TOOL.formatted("a")));
                                    } else {
                                        out.send(
                                                "{'jsonrpc':'2.0','id':%s,'error':{'code':-32602,'message':'bad cursor'}}"
                                                        .formatted(request.path("id")));
                                    }
                                })
                        .sees("bad cursor"),
                both("list that is an object")
                        .result("tools/list", "{'tools':{'3':" + TOOL.formatted("a") + "}}")
                        .call("a", "called")
                        .sees("tools is not an array"),
                both("list that is one entry")
                        .result("tools/list", "{'tools':" + TOOL.formatted("a") + "}")
                        .sees("tools is not an array"),
                both("list that is text inside")
                        .result("tools/list", "{'tools':'a'}")
                        .serves()
                        .sees("tools is not an array"),
                both("list without its member")
                        .result("resources/list", "{}")
                        .serves("resources/list", List.of())
                        .sees("the result has no resources; the list is taken as empty"),
                both("list of Go that is null")
                        .result("prompts/list", "{'prompts':null}")
                        .serves("prompts/list", List.of())
                        .sees("the result has no prompts; the list is taken as empty"),
                both("priority beyond a double")
                        .result(
                                "resources/list",
                                "{'resources':[{'uri':'r://1','name':'n','annotations':{'priority':1e400},'size':1e30}]}")
                        .serves("resources/list", List.of("r://1"))
                        .sees("annotations.priority"),
                both("list that is null").result("tools/list", "null").serves().sees("tools/list"),
                both("list that is bare")
                        .result("tools/list", "[" + TOOL.formatted("a") + "]")
                        .call("a", "called")
                        .sees("the result is not an object"),
                both("list that is text")
                        .result("tools/list", "'none'")
                        .serves()
                        .sees("tools/list"),
                both("huge list")
                        .result(
                                "tools/list",
                                tools(
                                        IntStream.range(0, 3000)
                                                .mapToObj(i -> "a" + i)
                                                .toArray(String[]::new)))
                        .serves(
                                IntStream.range(0, 3000)
                                        .mapToObj(i -> "a" + i)
                                        .toArray(String[]::new))
                        .call("a2999", "called"),
                both("slow list")
                        .reply(
                                "tools/list",
                                (request, out) -> {
                                    Thread.sleep(1500);
                                    out.send(
                                            "{'jsonrpc':'2.0','id':%s,'result':%s}"
                                                    .formatted(request.path("id"), tools("a")));
                                }),
                both("list that never comes")
                        .on("prompts/list")
                        .with("connect-timeout=2s")
                        .serves("prompts/list", List.of())
                        .call("a", "called")
                        .sees("prompts/list failed"),
                both("names that are listed twice")
                        .result("tools/list", tools("a", "a", "b"))
                        .serves("a", "b")
                        .sees("listed twice"),
                both("name that is too long")
                        .result("tools/list", tools("x".repeat(129), "a"))
                        .sees("longer than 128"),
                both("names beyond ASCII")
                        .result("tools/list", tools("wetter für zürich", "天気", "a/b.c:d"))
                        .serves("wetter für zürich", "天気", "a/b.c:d")
                        .call("天気", "called"),
                both("prompt arguments that are text")
                        .result(
                                "prompts/list",
                                "{'prompts':[{'name':'p','arguments':['x']},{'name':'q','arguments':'x'}]}")
                        .serves("prompts/list", List.of("p", "q"))
                        .sees("arguments"));
    }

    /** A new cursor, and a new tool, with each page. */
    private static final class Pages implements GauntletScenario.Reply {
        @Override
        public void to(tools.jackson.databind.JsonNode request, GauntletScenario.Out out)
                throws Exception {
            int page = request.at("/params/cursor").asInt(1);
            out.send(
                    "{'jsonrpc':'2.0','id':%s,'result':{'tools':[%s],'nextCursor':'%d'}}"
                            .formatted(request.path("id"), TOOL.formatted("a" + page), page + 1));
        }
    }

    static List<GauntletScenario> handshakes() {
        return List.of(
                both("capabilities of PHP")
                        .result(
                                "initialize",
                                hello("'2025-06-18'", "{'tools':[],'prompts':[],'resources':[]}"))
                        .call("a", "called"),
                both("capabilities that are true")
                        .result(
                                "initialize",
                                hello(
                                        "'2025-06-18'",
                                        "{'tools':true,'prompts':false,'resources':null}"))
                        .serves("prompts/list", List.of())
                        .call("a", "called"),
                both("capabilities that are missing")
                        .result(
                                "initialize",
                                "{'protocolVersion':'2025-06-18','serverInfo':{'name':'g','version':'1'}}")
                        .call("a", "called"),
                both("server without info")
                        .result(
                                "initialize",
                                "{'protocolVersion':'2025-06-18','serverInfo':null,'capabilities':%s}"
                                        .formatted(ALL)),
                both("server info that is text")
                        .result(
                                "initialize",
                                "{'protocolVersion':'2024-11-05','serverInfo':'g 1.0','instructions':7,'capabilities':%s}"
                                        .formatted(ALL)),
                both("version that nobody knows")
                        .result("initialize", hello("'1999-12-31'", ALL))
                        .call("a", "called"),
                both("version that is a number")
                        .result("initialize", hello("7", ALL))
                        .call("a", "called"),
                both("version refused with data")
                        .reply(
                                "initialize",
                                refusing(
                                        "'message':'Unsupported protocol version','data':{'supported':['2024-11-05','2025-03-26'],'requested':'x'}"))
                        .call("a", "called"),
                both("version refused in words")
                        .reply(
                                "initialize",
                                refusing(
                                        "'message':'Bad Request: Unsupported protocol version (supported versions: 2025-03-26, 2024-11-05)'"))
                        .call("a", "called"),
                both("version refused without a word")
                        .reply("initialize", refusing("'message':'unsupported'"))
                        .call("a", "called"),
                both("initialize that fails")
                        .error("initialize", -32603, "no licence")
                        .down("no licence"),
                both("initialize without an answer")
                        .on("initialize")
                        .with("connect-timeout=1s")
                        .serves()
                        .state("*")
                        .sees("answer"),
                both("result with a null error")
                        .on(
                                "initialize",
                                "{'jsonrpc':'2.0','id':@ID,'error':null,'result':%s}"
                                        .formatted(hello("'2025-11-25'", ALL)))
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','id':@ID,'error':null,'result':%s}"
                                        .formatted(text("fine")))
                        .call("a", "fine"),
                both("modern server without capabilities")
                        .result("server/discover", "{'supportedVersions':'2026-07-28'}")
                        .with("era=modern")
                        .call("a", "called"),
                both("modern server of wrong types")
                        .result(
                                "server/discover",
                                "{'supportedVersions':[7,null,'2026-07-28'],'capabilities':{'tools':[],'resources':true,'extensions':7},'instructions':[],'_meta':[],'ttlMs':'x'}")
                        .result(
                                "tools/list",
                                "{'resultType':7,'ttlMs':-1,'tools':[" + TOOL.formatted("a") + "]}")
                        .result(
                                "tools/call",
                                "{'resultType':7,'ttlMs':'x','content':'Hi','_meta':'x'}")
                        .with("era=modern")
                        .call("a", "'text':'Hi'"),
                both("modern server with nulls")
                        .result(
                                "server/discover",
                                "{'supportedVersions':['2026-07-28'],'capabilities':{'tools':{'listChanged':null},'prompts':null},'instructions':null,'_meta':null}")
                        .result(
                                "tools/call",
                                "{'resultType':null,'content':null,'structuredContent':null,'isError':null}")
                        .with("era=modern")
                        .serves("prompts/list", List.of())
                        .call("a", "'content':[]"),
                both("task that failed in words")
                        .result("server/discover", "{'supportedVersions':['2026-07-28']}")
                        .result(
                                "tools/call",
                                "{'resultType':'task','taskId':7,'status':'failed','error':'boom'}")
                        .with("era=modern")
                        .call("a", "boom"),
                both("task of an unknown state")
                        .result(
                                "tools/call",
                                "{'resultType':'task','taskId':'t','status':null,'pollIntervalMs':'soon'}")
                        .call("a", "has an unknown state"),
                both("task without an id")
                        .result(
                                "tools/call",
                                "{'content':'Hi','task':{'taskId':7,'status':'working'}}")
                        .call("a", "'text':'Hi'"),
                both("modern probe without an answer")
                        .on("server/discover")
                        .with("era=auto")
                        .with("connect-timeout=2s")
                        .call("a", "called"),
                both("modern probe taken for a crash")
                        .reply("server/discover", (_, out) -> out.die())
                        .with("era=auto")
                        .call("a", "called"));
    }

    /** Refuses each version but 2025-03-26. */
    private static GauntletScenario.Reply refusing(String error) {
        return (request, out) -> {
            boolean known = request.at("/params/protocolVersion").asString("").equals("2025-03-26");
            out.send(
                    "{'jsonrpc':'2.0','id':%s,%s}"
                            .formatted(
                                    request.path("id"),
                                    known
                                            ? "'result':" + hello("'2025-03-26'", ALL)
                                            : "'error':{'code':-32602," + error + "}"));
        };
    }

    static List<GauntletScenario> answers() {
        var second = new CountDownLatch(2);
        return List.of(
                both("answer without jsonrpc")
                        .on("tools/call", "{'id':@ID,'result':%s}".formatted(text("fine")))
                        .call("a", "fine"),
                both("answer of JSON-RPC 1.0")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'1.0','id':@ID,'result':%s,'error':null}"
                                        .formatted(text("fine")))
                        .call("a", "fine"),
                both("answer without an outcome")
                        .on("tools/call", "{'jsonrpc':'2.0','id':@ID}")
                        .call("a", "neither a result nor an error"),
                both("answer with both outcomes")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','id':@ID,'result':{},'error':{'code':1,'message':'x'}}")
                        .call("a", "both a result and an error"),
                both("answer with a duplicate key")
                        .on("tools/call", "{'jsonrpc':'2.0','id':@ID,'result':{},'result':{}}")
                        .call("a", "it has a duplicate key"),
                both("answer with NaN")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','id':@ID,'result':{'content':[],'x':NaN}}")
                        .call("a", "it is not JSON"),
                both("error that is text")
                        .on("tools/call", "{'jsonrpc':'2.0','id':@ID,'error':'boom'}")
                        .call("a", "boom"),
                both("error without a code")
                        .on("tools/call", "{'jsonrpc':'2.0','id':@ID,'error':{'message':'boom'}}")
                        .call("a", "boom"),
                both("error with a code that is text")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','id':@ID,'error':{'code':'E7','message':'boom'}}")
                        .call("a", "boom"),
                both("answer to something else")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','id':'other','result':{}}",
                                "{'jsonrpc':'2.0','id':7,'result':{}}",
                                "{'jsonrpc':'2.0','id':null,'result':{}}",
                                "{'jsonrpc':'2.0','id':@ID,'result':%s}".formatted(text("fine")))
                        .call("a", "fine"),
                both("answer that comes twice")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','id':@ID,'result':%s}".formatted(text("first")),
                                "{'jsonrpc':'2.0','id':@ID,'result':%s}".formatted(text("second")))
                        .call("a", "first")
                        .call("a", "first"),
                both("answers out of order")
                        .result("tools/list", tools("a", "b"))
                        .serves("a", "b")
                        .reply(
                                "tools/call",
                                (request, out) -> {
                                    second.countDown();
                                    if (request.at("/params/name").asString().equals("a")) {
                                        second.await(1, TimeUnit.SECONDS);
                                    }
                                    out.send(
                                            "{'jsonrpc':'2.0','id':%s,'result':%s}"
                                                    .formatted(request.path("id"), text("fine")));
                                })
                        .call("a", "fine")
                        .call("b", "fine"),
                stdio("answer that comes late")
                        .result("tools/list", tools("a", "b"))
                        .serves("a", "b")
                        .with("timeout=500ms")
                        .reply(
                                "tools/call",
                                (request, out) -> {
                                    if (request.at("/params/name").asString().equals("a")) {
                                        Thread.sleep(800);
                                    }
                                    out.send(
                                            "{'jsonrpc':'2.0','id':%s,'result':%s}"
                                                    .formatted(request.path("id"), text("fine")));
                                })
                        .call("a", "did not answer within 500 ms")
                        .call("b", "fine"),
                both("answer that never comes")
                        .on("tools/call")
                        .with("timeout=500ms")
                        .call("a", "Upstream"),
                both("cancel that is ignored")
                        .on("tools/call")
                        .on(
                                "notifications/cancelled",
                                "{'jsonrpc':'2.0','id':1,'error':{'code':-32601,'message':'no'}}")
                        .with("timeout=500ms")
                        .call("a", "Upstream"),
                both("content that is text")
                        .result("tools/call", "{'content':'Hello'}")
                        .call("a", "Hello"),
                both("content that is one block")
                        .result("tools/call", "{'content':{'type':'text','text':'Hello'}}")
                        .call("a", "Hello"),
                both("content that is null")
                        .result("tools/call", "{'content':null,'structuredContent':{'x':1}}")
                        .call("a", "'x'"),
                both("result that is text").result("tools/call", "'Hello'").call("a", "Hello"),
                both("result that is null").result("tools/call", "null").call("a", "'content':[]"),
                both("structured content that is an array")
                        .result("tools/call", "{'content':[],'structuredContent':[1,2]}")
                        .call("a", "result"),
                both("isError that is text")
                        .result("tools/call", "{'content':'bad','isError':'true'}")
                        .call("a", "bad"),
                both("text that is an object")
                        .result("tools/call", "{'content':[{'type':'text','text':{'x':1}}]}")
                        .call("a", "{\\'x\\':1}"),
                both("text that is missing")
                        .result(
                                "tools/call",
                                "{'content':[{'type':'text'},{'type':7,'text':'Hi'}]}")
                        .call("a", "'text':'Hi'"),
                both("image without data")
                        .result(
                                "tools/call",
                                "{'content':[{'type':'image','url':'https://x/i.png'}]}")
                        .call("a", "https://x/i.png"),
                both("resource without a type")
                        .result(
                                "tools/call",
                                "{'content':[{'type':'resource','resource':{'uri':'r://x','text':{'y':1}}}],'_meta':[]}")
                        .call("a", "r://x"),
                both("block of an unknown type")
                        .result("tools/call", "{'content':[{'type':'hologram','x':1}]}")
                        .call("a", "hologram"),
                both("members that nobody knows")
                        .result("tools/call", "{'content':[],'x-cost':3,'_meta':{'x':1}}")
                        .call("a", "x-cost"),
                both("large result")
                        .result("tools/call", text("x".repeat(1_000_000)))
                        .call("a", "xxx"),
                both("deep result")
                        .result(
                                "tools/call",
                                "{'content':[],'x':%s1%s}"
                                        .formatted("[".repeat(400), "]".repeat(400)))
                        .call("a", "nested deeper than"));
    }

    static List<GauntletScenario> talk() {
        String call = "{'jsonrpc':'2.0','id':@ID,'result':%s}".formatted(text("fine"));
        return List.of(
                both("questions that nobody knows")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','id':1,'method':'tools/list'}",
                                "{'jsonrpc':'2.0','id':2,'method':'x/y','params':null}",
                                call)
                        .call("a", "fine"),
                both("ping with null params")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','id':1,'method':'ping','params':null}",
                                call)
                        .call("a", "fine"),
                both("requests without an id")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','id':null,'method':'roots/list'}",
                                "{'jsonrpc':'2.0','method':'sampling/createMessage','params':{}}",
                                call)
                        .call("a", "fine"),
                both("progress of wrong types")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','method':'notifications/progress','params':{'progressToken':@ID,'progress':'50%','total':null,'message':7}}",
                                "{'jsonrpc':'2.0','method':'notifications/progress','params':null}",
                                "{'jsonrpc':'2.0','method':'notifications/progress','params':[1]}",
                                call)
                        .call("a", "fine"),
                both("progress beyond a double")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','method':'notifications/progress','params':{'progressToken':@ID,'progress':1e400,'total':1e400}}",
                                "{'jsonrpc':'2.0','method':'notifications/progress','params':{'progressToken':@ID,'progress':1,'total':'Infinity'}}",
                                call)
                        .call("a", "fine"),
                both("log messages of wrong types")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','method':'notifications/message','params':{'level':'loud','data':null}}",
                                "{'jsonrpc':'2.0','method':'notifications/message','params':'x'}",
                                call)
                        .call("a", "fine"),
                both("notifications that nobody knows")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','method':'notifications/x'}",
                                "{'jsonrpc':'2.0','method':7}",
                                "{'method':'notifications/y'}",
                                "[]",
                                "{}",
                                "null",
                                "7",
                                call)
                        .call("a", "fine"),
                both("changed lists all the time")
                        .reply(
                                "tools/call",
                                (request, out) -> {
                                    for (int i = 0; i < 200; i++) {
                                        out.send(
                                                "{'jsonrpc':'2.0','method':'notifications/tools/list_changed','params':null}");
                                    }
                                    out.send(
                                            "{'jsonrpc':'2.0','id':%s,'result':%s}"
                                                    .formatted(request.path("id"), text("fine")));
                                })
                        .call("a", "fine"),
                stdio("capabilities that change")
                        .reply("tools/list", new FailingLater())
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','method':'notifications/tools/list_changed'}",
                                call)
                        .call("a", "fine")
                        .sees("tools are off"),
                stdio("resource updates of nothing")
                        .on(
                                "tools/call",
                                "{'jsonrpc':'2.0','method':'notifications/resources/updated'}",
                                "{'jsonrpc':'2.0','method':'notifications/resources/updated','params':{'uri':7}}",
                                call)
                        .call("a", "fine"),
                both("logging that is refused")
                        .error("logging/setLevel", -32601, "no")
                        .call("a", "called"));
    }

    /** Lists its tools once. */
    private static final class FailingLater implements GauntletScenario.Reply {
        private boolean listed;

        @Override
        public synchronized void to(
                tools.jackson.databind.JsonNode request, GauntletScenario.Out out)
                throws Exception {
            out.send(
                    "{'jsonrpc':'2.0','id':%s,%s}"
                            .formatted(
                                    request.path("id"),
                                    listed
                                            ? "'error':{'code':-32603,'message':'tools are off'}"
                                            : "'result':" + tools("a")));
            listed = true;
        }
    }
}
