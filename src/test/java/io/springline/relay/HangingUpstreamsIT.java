package io.springline.relay;

import static io.springline.relay.RelayedService.list;
import static io.springline.relay.RelayedService.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.SocketPeer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Upstreams that never answer, by pipe and by HTTP, beside one that does. */
class HangingUpstreamsIT {

    private static final String SERVER = "--springline.relay.upstreams.";

    /** Several, because the order of upstreams on a command line is arbitrary. */
    private static final List<String> MUTE = List.of("mute", "numb", "deaf");

    private static final CountDownLatch end = new CountDownLatch(1);
    private static RelayedService service;

    @BeforeAll
    static void start() throws Exception {
        var servers = new LinkedHashMap<String, TestHttpUpstream.Script>();
        servers.put("web", _ -> end.await());
        for (String name : MUTE) {
            servers.put(
                    name,
                    new ScriptedHttpServer()
                            .reply(
                                    "resources/read",
                                    params -> {
                                        if (params.path("uri").asString("").startsWith("db:")) {
                                            end.await();
                                        }
                                        return "'error':{'code':-32002,'message':'none'}";
                                    }));
        }
        servers.put(
                "rows",
                new ScriptedHttpServer()
                        .result(
                                "tools/list",
                                "{'tools':[{'name':'fine','inputSchema':{'type':'object'}}]}")
                        .result(
                                "resources/templates/list",
                                "{'resourceTemplates':[{'uriTemplate':'db://{id}','name':'rows'}]}")
                        .reply(
                                "resources/read",
                                params ->
                                        params.path("uri").asString("").equals("db://1")
                                                ? "'result':{'contents':[{'uri':'db://1','text':'row'}]}"
                                                : "'error':{'code':-32002,'message':'none'}"));
        service =
                new RelayedService(
                        servers,
                        SERVER + "web.connect-timeout=10m",
                        SERVER + "web.timeout=10m",
                        SERVER + "web.era=legacy",
                        SERVER + "pipe.command=sleep",
                        SERVER + "pipe.args=1000",
                        SERVER + "pipe.connect-timeout=10m",
                        SERVER + "pipe.timeout=1s",
                        SERVER + "pipe.era=legacy");
    }

    @AfterAll
    static void stop() {
        end.countDown();
        service.close();
    }

    private static void assertHanging(JsonNode upstream) {
        assertThat(upstream.path("state").asString()).isEqualTo("connecting");
        assertThat(upstream.path("trouble").asString()).contains("no answer to the handshake");
    }

    @Test
    void viewsAnswerWhileConnectingGoesOn() throws Exception {
        await().until(() -> service.view("pipe").trouble() != null);
        await().until(() -> service.view("web").trouble() != null);
        for (String name : new String[] {"pipe", "web"}) {
            assertHanging(service.get("/actuator/upstreams/" + name));
            assertHanging(
                    service.get("/actuator/health").at("/components/upstreams/details/" + name));
            assertThat(service.text("/actuator/prometheus"))
                    .contains("springline_upstream_up{upstream=\"%s\"} 0.0".formatted(name));
            assertThat(service.get("/console/api/upstreams").toString())
                    .contains("no answer to the handshake");
        }
        assertThat(service.get("/console/api/overview").at("/now/upstreams").asInt()).isEqualTo(6);
        assertThat(service.view("rows").state()).isEqualTo("up");
    }

    @Test
    void whatOneListsIsAskedOfThatOneFirst() throws Exception {
        try (SocketPeer peer = service.legacy("")) {
            JsonNode read =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"db://1"}}\
                            """);
            assertThat(read.at("/result/contents/0/text").asString()).isEqualTo("row");
        }
    }

    @Test
    void whatNobodyListsIsNotAskedOfUpstreamsThatHang() throws Exception {
        try (SocketPeer peer = service.legacy("")) {
            JsonNode missing =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"no://such"}}\
                            """);
            assertThat(missing.at("/error/code").asInt()).isEqualTo(-32002);
            assertThat(names(list(peer, "tools/list", "tools"), "name")).contains("fine");
        }
    }
}
