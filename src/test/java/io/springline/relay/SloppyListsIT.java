package io.springline.relay;

import static io.springline.relay.RelayedService.list;
import static io.springline.relay.RelayedService.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.relay.catalogue.CatalogueReader;
import io.springline.testing.SocketPeer;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lists of upstreams that are wrong in part: the rest is served, and others are not touched. */
class SloppyListsIT {

    private static final String TOOL = "{'name':'%s','inputSchema':{'type':'object'}}";

    private final ScriptedHttpServer good =
            new ScriptedHttpServer()
                    .result("tools/list", "{'tools':[" + TOOL.formatted("fine") + "]}")
                    .result("resources/list", "{'resources':[{'uri':'good://a','name':'a'}]}")
                    .result("prompts/list", "{'prompts':[{'name':'hello'}]}")
                    .result(
                            "resources/templates/list",
                            "{'resourceTemplates':[{'uriTemplate':'good://{x}','name':'t'}]}");
    private final ScriptedHttpServer bad = new ScriptedHttpServer();

    private RelayedService serve() throws Exception {
        return new RelayedService(
                Map.of("bad", bad, "good", good),
                "--springline.relay.upstreams.bad.connect-timeout=2s");
    }

    private static void assertGoodIsServed(SocketPeer peer) throws Exception {
        assertThat(names(list(peer, "tools/list", "tools"), "name")).contains("fine");
        assertThat(names(list(peer, "prompts/list", "prompts"), "name")).contains("hello");
        assertThat(names(list(peer, "resources/list", "resources"), "uri")).contains("good://a");
        assertThat(
                        names(
                                list(peer, "resources/templates/list", "resourceTemplates"),
                                "uriTemplate"))
                .contains("good://{x}");
    }

    @Test
    void servesOnlyTheToolsThatTheConfigurationIncludes() throws Exception {
        bad.result(
                "tools/list",
                "{'tools':[%s,%s,%s]}"
                        .formatted(
                                TOOL.formatted("read_file"),
                                TOOL.formatted("write_file"),
                                TOOL.formatted("drop")));
        try (var service =
                        new RelayedService(
                                Map.of("bad", bad, "good", good),
                                "--springline.relay.upstreams.bad.tools.include=*_file,misspelt",
                                "--springline.relay.upstreams.bad.tools.exclude=write_file");
                var peer = service.legacy("");
                var alone = service.legacy("/bad")) {
            assertGoodIsServed(peer);
            assertThat(names(list(alone, "tools/list", "tools"), "name"))
                    .containsExactly("read_file");
            assertThat(
                            alone.ask(
                                            "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/call\",\"params\":{\"name\":\"write_file\",\"arguments\":{}}}")
                                    .at("/error/code")
                                    .asInt())
                    .isEqualTo(-32602);
            assertThat(service.get("/actuator/upstreams/bad").path("warnings").toString())
                    .contains("'misspelt'")
                    .doesNotContain("write_file", "*_file");
        }
    }

    @Test
    void readsAListAgainAfterALaterPageFailed() throws Exception {
        var failures = new AtomicInteger(1);
        bad.reply(
                "tools/list",
                params -> {
                    if (!params.has("cursor")) {
                        return "'result':{'tools':[%s],'nextCursor':'2'}"
                                .formatted(TOOL.formatted("one"));
                    }
                    return failures.getAndDecrement() > 0
                            ? "'error':{'code':-32603,'message':'busy'}"
                            : "'result':{'tools':[%s]}".formatted(TOOL.formatted("two"));
                });
        try (var service = serve();
                var alone = service.legacy("/bad")) {
            await().untilAsserted(() ->
                    assertThat(names(list(alone, "tools/list", "tools"), "name"))
                            .containsExactly("one", "two"));
            assertThat(service.get("/actuator/upstreams/bad").path("warnings").toString())
                    .doesNotContain("busy");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tools/list, tools",
        "prompts/list, prompts",
        "resources/list, resources",
        "resources/templates/list, resourceTemplates"
    })
    void leavesOutBadEntriesAndSaysWhich(String method, String member) throws Exception {
        bad.result(
                method,
                "{'%s':[null,'x',7,[],{},{'name':'','uri':'bad://a','uriTemplate':'bad://a'},"
                                .formatted(member)
                        + "{'name':{},'uri':[],'uriTemplate':1},"
                        + "{'name':'sound','uri':'bad://sound','uriTemplate':'bad://s/{x}'}]}");
        try (var service = serve();
                var peer = service.legacy("");
                var alone = service.legacy("/bad")) {
            assertGoodIsServed(peer);
            assertThat(names(list(peer, method, member), "name")).contains("sound");
            assertThat(names(list(alone, method, member), "name")).containsExactly("sound");
            assertThat(service.get("/actuator/upstreams/bad").path("warnings").toString())
                    .contains(
                            method + ": entry 1 is left out: it is not an object",
                            method + ": entry 5 is left out",
                            method + ": entry 7 is left out");
            bad.result("tools/list", "{'tools':[" + TOOL.formatted("later") + "]}");
            bad.notify("notifications/tools/list_changed");
            await().untilAsserted(() ->
                    assertThat(names(list(alone, "tools/list", "tools"), "name"))
                            .containsExactly("later"));
        }
    }

    @Test
    void mendsWhatStrictClientsRefuse() throws Exception {
        bad.result(
                "tools/list",
                "{'tools':[{'name':'bare','title':null,'annotations':{'title':null,'readOnlyHint':true},"
                        + "'icons':null,'_meta':null,'outputSchema':null},"
                        + "{'name':'php','inputSchema':[]},"
                        + "{'name':'typeless','description':7,'inputSchema':{'properties':{'a':null,'b':true},"
                        + "'required':null}}]}");
        bad.result(
                "prompts/list",
                "{'prompts':[{'name':'ask','arguments':['x',{'name':'y','required':null},{'title':'z'}]}]}");
        try (var service = serve();
                var peer = service.legacy("/bad")) {
            assertThat(list(peer, "tools/list", "tools").toString().replace('"', '\''))
                    .isEqualTo(
                            ("[{'name':'bare','annotations':{'readOnlyHint':true},'inputSchema':{'type':'object'},%s},"
                                            + "{'name':'php','inputSchema':{'type':'object'},%s},"
                                            + "{'name':'typeless','inputSchema':{'properties':{'a':{},'b':{}},'type':'object'},%s}]")
                                    .replace("%s", "'execution':{'taskSupport':'optional'}"));
            assertThat(list(peer, "prompts/list", "prompts").toString().replace('"', '\''))
                    .isEqualTo("[{'name':'ask','arguments':[{'name':'x'},{'name':'y'}]}]");
            assertThat(service.view("bad").warnings())
                    .containsExactly(
                            "tools/list: 'typeless' is offered without its description: that is not a string",
                            "prompts/list: 'ask' is offered without one of its arguments: it has no name");
        }
    }

    @Test
    void keepsTheOtherListsWhenOneFails() throws Exception {
        bad.result("tools/list", "{'tools':[" + TOOL.formatted("usable") + "]}");
        bad.error("resources/list", -32603, "the database is away");
        try (var service = serve();
                var peer = service.legacy("")) {
            assertThat(names(list(peer, "tools/list", "tools"), "name")).contains("usable");
            assertThat(service.get("/actuator/upstreams/bad").path("trouble").asString())
                    .contains("resources/list", "the database is away");
            assertThat(service.get("/actuator/health").toString()).contains("the database is away");
            bad.result("resources/list", "{'resources':[{'uri':'bad://late','name':'late'}]}");
            await().untilAsserted(() ->
                    assertThat(names(list(peer, "resources/list", "resources"), "uri"))
                            .contains("bad://late"));
            assertThat(service.view("bad").trouble()).isNull();
        }
    }

    @Test
    void keepsTheLastGoodListWhenItCanNoLongerBeRead() throws Exception {
        bad.result("tools/list", "{'tools':[" + TOOL.formatted("kept") + "]}");
        try (var service = serve();
                var peer = service.legacy("/bad")) {
            assertThat(names(list(peer, "tools/list", "tools"), "name")).containsExactly("kept");
            bad.error("tools/list", -32603, "not now");
            bad.notify("notifications/tools/list_changed");
            await().until(() -> String.valueOf(service.view("bad").trouble()).contains("not now"));
            assertThat(names(list(peer, "tools/list", "tools"), "name")).containsExactly("kept");
        }
    }

    @Test
    void aListThatNeverComesKeepsNoOtherWaiting() throws Exception {
        var end = new CountDownLatch(1);
        bad.result("tools/list", "{'tools':[" + TOOL.formatted("usable") + "]}");
        bad.reply(
                "prompts/list",
                _ -> {
                    end.await();
                    return null;
                });
        try (var service = serve();
                var peer = service.legacy("")) {
            assertThat(names(list(peer, "tools/list", "tools"), "name")).contains("usable");
            await().until(() ->
                    String.valueOf(service.view("bad").trouble()).contains("prompts/list"));
        } finally {
            end.countDown();
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {"''", "'again'", "null", "7"})
    void endsTheListAtACursorThatLeadsNowhere(String cursor) throws Exception {
        bad.result(
                "tools/list",
                "{'tools':[%s],'nextCursor':%s}".formatted(TOOL.formatted("paged"), cursor));
        try (var service = serve();
                var peer = service.legacy("/bad")) {
            assertThat(names(list(peer, "tools/list", "tools"), "name")).containsExactly("paged");
            assertThat(bad.asked("tools/list")).hasSizeLessThanOrEqualTo(2);
        }
    }

    @Test
    void endsAListWithoutEndAtItsBound() throws Exception {
        var pages = new AtomicInteger();
        bad.reply(
                "tools/list",
                _ -> {
                    int page = pages.incrementAndGet();
                    return "'result':{'tools':[%s],'nextCursor':'%d'}"
                            .formatted(TOOL.formatted("t" + page), page);
                });
        try (var service = serve();
                var peer = service.legacy("")) {
            await().until(() -> String.valueOf(service.view("bad").trouble()).contains("pages"));
            assertThat(service.view("bad").tools()).isEqualTo(CatalogueReader.MAX_PAGES);
            assertThat(pages).hasValue(CatalogueReader.MAX_PAGES);
            assertGoodIsServed(peer);
        }
    }

    @Test
    void offersNoMoreThanTheBoundsOfAList() throws Exception {
        var tools = new StringBuilder();
        for (int i = 0; i <= CatalogueReader.MAX_ENTRIES; i++) {
            tools.append(i == 0 ? "" : ",").append(TOOL.formatted("t" + i));
        }
        bad.result("tools/list", "{'tools':[" + tools + "]}");
        String uri = "{'name':'r','uri':'bad://%d','description':'" + "x".repeat(1_000_000) + "'}";
        bad.result(
                "resources/list",
                "{'resources':[%s,%s,%s,%s]}"
                        .formatted(
                                uri.formatted(1),
                                uri.formatted(2),
                                uri.formatted(3),
                                uri.formatted(4)));
        try (var service = serve();
                var peer = service.legacy("")) {
            await().until(() -> service.view("bad").warnings().size() == 2);
            assertThat(service.view("bad").tools()).isEqualTo(CatalogueReader.MAX_ENTRIES);
            assertThat(service.view("bad").resources()).isEqualTo(3);
            assertThat(service.view("bad").trouble())
                    .contains("more than 10000 entries", "longer than 4000000 characters");
            assertThat(names(list(peer, "prompts/list", "prompts"), "name")).contains("hello");
        }
    }

    @Test
    void readsAListOnceOrTwiceForABurstOfNotifications() throws Exception {
        try (var service = serve();
                var peer = service.legacy("/bad")) {
            await().until(() -> !bad.asked("tools/list").isEmpty());
            int before = bad.asked("tools/list").size();
            for (int i = 0; i < 200; i++) {
                bad.notify("notifications/tools/list_changed");
            }
            bad.result("tools/list", "{'tools':[" + TOOL.formatted("last") + "]}");
            bad.notify("notifications/tools/list_changed");
            await().untilAsserted(() ->
                    assertThat(names(list(peer, "tools/list", "tools"), "name"))
                            .containsExactly("last"));
            assertThat(bad.asked("tools/list").size() - before).isLessThanOrEqualTo(5);
        }
    }
}
