package io.springline.ops.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.SpringlineApplication;
import io.springline.relay.TestHttpUpstream;
import io.springline.testing.Chromium;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.StaleElementReferenceException;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The console's page of endpoints, with 5,000 tools behind a curated endpoint. */
class EndpointsPageIT {

    private static final int MANY = 5_000;
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String OPERATOR = "tok-olga-4713";
    private static final String READER = "tok-ada-4711";

    @TempDir static Path folder;

    private static TestHttpUpstream upstream;
    private static ConfigurableApplicationContext service;

    @BeforeAll
    static void start() throws Exception {
        upstream = new TestHttpUpstream(EndpointsPageIT::answer);
        write("find", "");
        service =
                new SpringApplicationBuilder(SpringlineApplication.class)
                        .run(
                                "--server.port=0",
                                "--springline.reload.watch=false",
                                "--spring.config.additional-location=file:" + folder + "/");
        await().until(() -> endpoint("/mcp/docs", "lead").path("tools").asInt() == MANY + 2);
    }

    @AfterAll
    static void stop() {
        if (service != null) {
            service.close();
        }
        upstream.close();
    }

    @BeforeEach
    void reset() throws Exception {
        write("find", "");
        send("POST", "/actuator/reload", OPERATOR);
    }

    private static void answer(TestHttpUpstream.Asked asked) throws Exception {
        if (asked.tryOpen("{\"tools\":{}}")) {
            return;
        }
        switch (asked.method()) {
            case "tools/list" -> asked.result("{\"tools\":[%s]}".formatted(tools()));
            default -> asked.status(202);
        }
    }

    private static String tools() {
        return IntStream.range(0, MANY + 2)
                .mapToObj(i -> i == MANY ? "search" : i == MANY + 1 ? "delete" : "tool" + i)
                .map("{\"name\":\"%s\",\"inputSchema\":{\"type\":\"object\"}}"::formatted)
                .collect(Collectors.joining(","));
    }

    /** Writes a configuration in which readers may search, and leads everything. */
    private static void write(String find, String more) throws Exception {
        Path next = folder.resolve("next");
        Files.writeString(
                next,
                """
                springline:
                  relay:
                    upstreams:
                      docs:
                        url: %s
                  auth:
                    tokens:
                      - name: ada
                        hash: sha256:fc64a0c195eda45d730a829931b75afc442126bcc5ceb5c61fe008d1bf2d39b4
                        roles: [reader]
                      - name: olga
                        hash: sha256:14efac55a06ac23386dcd2ad69ed7c98cfba6db8573d8ed8f931662fae7c9e58
                        roles: [operator]
                    rules:
                      - tools: [search]
                        roles: [reader, lead]
                      - tools: ['*']
                        roles: [lead]
                  endpoints:
                    team:
                      upstreams: [docs, local]
                      roles: [reader, lead]
                      tools:
                        exclude: [docs/delete, local/*]
                        rename: { docs_search: %s }
                %s\
                """
                        .formatted(upstream.url(), find, more));
        Files.move(next, folder.resolve("application.yml"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static int port() {
        return service.getEnvironment().getRequiredProperty("local.server.port", int.class);
    }

    private static HttpResponse<String> send(String verb, String path, String token)
            throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(port(), path)))
                        .header("Authorization", "Bearer " + token)
                        .header("Content-Type", "application/json")
                        .method(verb, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    private static JsonNode get(String path) throws Exception {
        return JsonMapper.shared().readTree(send("GET", "/console/api/" + path, OPERATOR).body());
    }

    private static JsonNode endpoint(String path, String roles) throws Exception {
        return get("endpoints?roles=" + roles)
                .get("endpoints")
                .valueStream()
                .filter(each -> each.get("path").asString().equals(path))
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode feature(String roles, String filter) throws Exception {
        JsonNode page =
                get("endpoints/features?endpoint=team&roles=%s&filter=%s".formatted(roles, filter));
        assertThat(page.get("matching").asInt()).as(page.toString()).isEqualTo(1);
        return page.at("/features/0");
    }

    @Test
    void countsWhatEachRoleSeesAtEachEndpoint() throws Exception {
        JsonNode reader = endpoint("/mcp/team", "reader");
        assertThat(reader.get("tools").asInt()).isEqualTo(1);
        assertThat(reader.get("forbidden").asInt()).isEqualTo(MANY);
        assertThat(reader.get("missing")).isEmpty();
        JsonNode lead = endpoint("/mcp/team", "lead");
        assertThat(lead.get("tools").asInt()).isEqualTo(MANY + 1);
        assertThat(lead.get("hidden").asInt()).isEqualTo(reader.get("hidden").asInt());
        JsonNode both = endpoint("/mcp/team", "guest,%20reader");
        assertThat(both.get("tools").asInt()).isEqualTo(1);
        JsonNode nobody = endpoint("/mcp/team", "");
        assertThat(nobody.get("tools").asInt()).isZero();
        assertThat(nobody.get("missing").valueStream().map(JsonNode::asString))
                .containsExactlyInAnyOrder("reader", "lead");
        assertThat(endpoint("/mcp", "lead").get("tools").asInt()).isGreaterThan(MANY + 2);
        assertThat(get("endpoints").get("knownRoles").valueStream().map(JsonNode::asString))
                .containsExactly("lead", "reader");
    }

    @Test
    void namesTheRuleThatHidesOrForbidsAFeature() throws Exception {
        JsonNode found = feature("reader", "docs/search");
        assertThat(found.get("shownAs").asString()).isEqualTo("find");
        assertThat(found.get("state").asString()).isEqualTo("SHOWN");
        JsonNode hidden = feature("lead", "docs/delete");
        assertThat(hidden.get("state").asString()).isEqualTo("HIDDEN");
        assertThat(hidden.get("reason").asString())
                .isEqualTo("springline.endpoints.team.tools.exclude 'docs/delete'");
        JsonNode forbidden = feature("reader", "tool4711");
        assertThat(forbidden.get("state").asString()).isEqualTo("FORBIDDEN");
        assertThat(forbidden.get("reason").asString()).isEqualTo("springline.auth.rules[1]");
        JsonNode outside = feature("operator,lead2", "docs/search");
        assertThat(outside.get("reason").asString()).isEqualTo("springline.auth.rules[0]");
    }

    @Test
    void sendsFiveThousandToolsByPages() throws Exception {
        String query = "endpoints/features?endpoint=team&roles=lead&state=shown&page=";
        JsonNode first = get(query + 0);
        assertThat(first.get("features")).hasSize(EndpointList.PAGE_SIZE);
        assertThat(first.get("matching").asInt()).isEqualTo(MANY + 1);
        assertThat(first.get("pages").asInt()).isEqualTo(51);
        assertThat(get(query + 9999).get("page").asInt()).isEqualTo(50);
        assertThat(send("GET", "/console/api/" + query + 0, OPERATOR).body().length())
                .isLessThan(50_000);
        assertThat(send("GET", "/console/api/endpoints", OPERATOR).body().length())
                .isLessThan(50_000);
    }

    @Test
    void refusesOthersAndFaultyQueries() throws Exception {
        for (String path : new String[] {"endpoints", "endpoints/features", "configuration"}) {
            assertThat(send("GET", "/console/api/" + path, READER).statusCode()).isEqualTo(403);
            assertThat(send("GET", "/console/api/" + path, "wrong").statusCode()).isEqualTo(401);
        }
        assertThat(get("endpoints/features?endpoint=none").get("error").asString())
                .isEqualTo("there is no such endpoint");
        assertThat(get("endpoints/features?state=seen").get("error").asString())
                .contains("shown, hidden or forbidden");
        assertThat(get("endpoints?roles=" + "a,".repeat(51)).has("endpoints")).isTrue();
        String many =
                IntStream.range(0, 51).mapToObj(i -> "r" + i).collect(Collectors.joining(","));
        assertThat(get("endpoints?roles=" + many).get("error").asString()).contains("50 roles");
    }

    @Test
    void showsWhatTheLastReloadHasChanged() throws Exception {
        write("look", "    more:\n      upstreams: [docs]\n");
        JsonNode before = get("configuration");
        send("POST", "/actuator/reload", OPERATOR);
        JsonNode now = get("configuration");
        assertThat(now.at("/change/from")).isEqualTo(before.get("version"));
        assertThat(now.at("/change/to")).isEqualTo(now.get("version"));
        assertThat(now.at("/change/changed/names/0").asString())
                .isEqualTo("springline.endpoints.team.tools.rename.docs_search");
        assertThat(now.at("/change/added/names/0").asString())
                .isEqualTo("springline.endpoints.more.upstreams[0]");
        assertThat(now.at("/replicas/0/version")).isEqualTo(now.get("version"));
        await().untilAsserted(() -> {
            JsonNode endpoints = get("configuration").at("/change/endpoints");
            assertThat(endpoints).hasSize(2);
            assertThat(endpoints.at("/0/path").asString()).isEqualTo("/mcp/more");
            assertThat(endpoints.at("/0/added/total").asInt()).isEqualTo(MANY + 2);
            assertThat(endpoints.at("/0/added/names")).hasSize(ConfigurationStatus.MAX_NAMES);
            assertThat(endpoints.at("/1/added/names/0").asString()).isEqualTo("tool look");
            assertThat(endpoints.at("/1/removed/names/0").asString()).isEqualTo("tool find");
        });
        write("no such name!", "");
        send("POST", "/actuator/reload", OPERATOR);
        JsonNode faulty = get("configuration");
        assertThat(faulty.get("fault").asString())
                .contains("springline.endpoints.team.tools.rename");
        assertThat(faulty.at("/change/to")).isEqualTo(now.get("version"));
        assertThat(faulty.get("version")).isEqualTo(now.get("version"));
        write("look", "");
        send("POST", "/actuator/reload", OPERATOR);
        await().untilAsserted(() ->
                assertThat(endpoint("/mcp/more", "lead").at("/warnings/0").asString())
                        .startsWith("the configuration no longer has this endpoint"));
        assertThat(endpoint("/mcp/more", "lead").get("tools").asInt()).isZero();
        assertThat(now.toString()).doesNotContain("sha256");
    }

    private static ConditionFactory soon() {
        return await().ignoreExceptionsMatching(e ->
                e instanceof StaleElementReferenceException || e instanceof NoSuchElementException);
    }

    @Test
    void showsInABrowserWhatARoleSees() throws Exception {
        write("look", "");
        send("POST", "/actuator/reload", OPERATOR);
        try (Chromium chromium = Chromium.start()) {
            var driver = chromium.driver();
            driver.get("http://127.0.0.1:" + port() + "/console/#endpoints");
            soon().until(() -> driver.findElement(By.id("token")).isDisplayed());
            driver.findElement(By.id("token")).sendKeys(OPERATOR, Keys.ENTER);
            sees(chromium, ".endpoints tbody", "/mcp/team");
            sees(chromium, ".detail", "one of");
            driver.findElement(By.cssSelector(".tools input[type=text]")).sendKeys("reader");
            sees(chromium, ".features tbody", "springline.auth.rules[1]");
            find(chromium, "docs/search");
            sees(chromium, ".features tbody", "look");
            sees(chromium, ".features tbody", "shown");
            sees(chromium, ".configuration", "/mcp/team now offers: tool look");
            find(chromium, "tool471");
            sees(chromium, ".detail", "11 of 5,006");
            driver.executeScript("scrollTo(0, 0)");
            for (int width : new int[] {390, 820, 1440}) {
                chromium.size(width, 900);
                chromium.screenshot(
                        Path.of("target", "screenshots", "endpoints-%d.png".formatted(width)));
                assertThat(driver.executeScript("return document.documentElement.scrollWidth"))
                        .isEqualTo((long) width);
            }
            if (Boolean.getBoolean("console.docs")) {
                chromium.screenshot(Path.of("docs", "console-endpoints-1440.png"));
            }
            find(chromium, "");
            sees(chromium, ".detail", "Page 1 of 51");
            assertThat(chromium.complaints()).allMatch(each -> each.contains("401"));
        }
    }

    private static void find(Chromium chromium, String text) {
        chromium.driver()
                .findElement(By.cssSelector(".detail [type=search]"))
                .sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.DELETE, text);
    }

    private static void sees(Chromium chromium, String css, String text) {
        soon().untilAsserted(() ->
                assertThat(chromium.driver().findElement(By.cssSelector(css)).getText())
                        .contains(text));
    }
}
