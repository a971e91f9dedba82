package io.springline.ops.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.App;
import io.springline.feature.Resource;
import io.springline.feature.Tool;
import io.springline.feature.result.ToolResult;
import io.springline.testing.Chromium;
import io.springline.testing.Http;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import java.util.List;
import java.util.Map;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.chrome.ChromeDriver;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.context.MetaProvider;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;

/** Tools of this server with MCP Apps: what clients get, and how the console shows an app. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = "logging.level.org.openqa.selenium=error")
public class ConsoleAppIT {

    private static final String APPS = "io.modelcontextprotocol/ui";
    private static final String URI = "ui://sales/chart.html";

    /** Shows the result and calls a tool, and tries what an app must not reach. */
    private static final String PAGE =
            """
            <!doctype html><title>Chart</title><p id="result">none</p><p id="called">none</p><p id="hidden">none</p>
            <p id="origin"></p><p id="parent"></p><p id="storage"></p><p id="fetched">pending</p>
            <script>
            const show = (id, words) => { document.getElementById(id).textContent = words; };
            const tried = (id, attempt) => { try { attempt(); show(id, "reached"); } catch (e) { show(id, e.name); } };
            show("origin", self.origin);
            tried("parent", () => parent.document.title);
            tried("storage", () => localStorage.length);
            const api = new URL("/console/api/overview", document.referrer || document.baseURI || "http://127.0.0.1");
            fetch(api).then(() => show("fetched", "reached"), (e) => show("fetched", e.name));
            let next = 0;
            const answers = new Map();
            const ask = (method, params) => new Promise((resolve) => {
              answers.set(++next, resolve);
              parent.postMessage({jsonrpc: "2.0", id: next, method, params}, "*");
            });
            addEventListener("message", async ({data}) => {
              if (data.id && !data.method) answers.get(data.id)(data);
              if (data.method === "ui/notifications/tool-result") {
                show("result", data.params.content[0].text);
                const called = await ask("tools/call", {name: "pick", arguments: {}});
                show("called", called.result.content[0].text);
                const hidden = await ask("tools/call", {name: "model-only", arguments: {}});
                show("hidden", hidden.error?.message ?? "reached");
              }
            });
            ask("ui/initialize", {protocolVersion: "2026-01-26", appInfo: {name: "chart", version: "1"}, appCapabilities: {}})
              .then(() => parent.postMessage({jsonrpc: "2.0", method: "ui/notifications/initialized"}, "*"));
            </script>
            """;

    @LocalServerPort int port;

    public static final class AnnotatedMeta implements MetaProvider {
        @Override
        public Map<String, Object> getMeta() {
            return Map.of("ui", Map.of("resourceUri", URI, "visibility", List.of("model", "app")));
        }
    }

    static class Annotated {
        @McpTool(name = "annotated-chart", metaProvider = AnnotatedMeta.class)
        String chart() {
            return "Sales of May: 12";
        }
    }

    @TestConfiguration
    static class Charts {

        private static final App CHART = App.of(URI, "Chart", PAGE);

        @Bean
        Resource chartPage() {
            return CHART.resource();
        }

        @Bean
        Tool chart() {
            return Tool.named("chart")
                    .app(CHART.uri())
                    .handler((_, _) -> ToolResult.text("Sales of April: 7"));
        }

        @Bean
        Tool pick() {
            return Tool.named("pick")
                    .app(CHART.uri())
                    .forAppsOnly()
                    .handler((_, _) -> ToolResult.text("Picked by the app"));
        }

        @Bean
        Tool modelOnly() {
            return Tool.named("model-only")
                    .forModelsOnly()
                    .handler((_, _) -> ToolResult.text("for models"));
        }

        @Bean
        Annotated annotated() {
            return new Annotated();
        }
    }

    private static ConditionFactory soon() {
        return await().ignoreExceptionsMatching(WebDriverException.class::isInstance);
    }

    private JsonNode ask(SocketPeer peer, String method, String params) throws Exception {
        return peer.ask(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}"
                        .formatted(method, params));
    }

    @Test
    void check10GivesAPlainClientUsefulText() throws Exception {
        try (var peer = SocketPeer.connect("ws://127.0.0.1:%d/mcp".formatted(port))) {
            JsonNode opened = peer.initialize("2025-06-18", "{}");
            assertThat(opened.at("/result/capabilities/extensions").has(APPS)).isTrue();
            for (String tool : List.of("chart", "annotated-chart")) {
                JsonNode called = ask(peer, "tools/call", "{\"name\":\"%s\"}".formatted(tool));
                assertThat(called.at("/result/content/0/text").asString()).startsWith("Sales of");
            }
        }
    }

    @Test
    void declaresAnAppOfABuiltAndOfAnAnnotatedTool() throws Exception {
        try (var peer = SocketPeer.connect("ws://127.0.0.1:%d/mcp".formatted(port))) {
            JsonNode tools =
                    ask(peer, "tools/list", "{%s}".formatted(McpPeer.meta("{}")))
                            .at("/result/tools");
            assertThat(meta(tools, "chart"))
                    .hasToString(
                            "{\"ui\":{\"resourceUri\":\"%s\"},\"ui/resourceUri\":\"%s\"}"
                                    .formatted(URI, URI));
            assertThat(meta(tools, "pick").at("/ui/visibility")).hasToString("[\"app\"]");
            assertThat(meta(tools, "annotated-chart").at("/ui/resourceUri").asString())
                    .isEqualTo(URI);
            JsonNode page =
                    ask(
                                    peer,
                                    "resources/read",
                                    "{\"uri\":\"%s\",%s}".formatted(URI, McpPeer.meta("{}")))
                            .at("/result/contents/0");
            assertThat(page.path("mimeType").asString()).isEqualTo("text/html;profile=mcp-app");
            assertThat(page.path("uri").asString()).isEqualTo(URI);
            assertThat(page.at("/_meta/ui/csp/connectDomains").isArray()).isTrue();
        }
    }

    private static JsonNode meta(JsonNode tools, String name) {
        return tools.valueStream()
                .filter(tool -> tool.path("name").asString().equals(name))
                .findFirst()
                .orElseThrow()
                .path("_meta");
    }

    @Test
    void letsAnAppUseOnlyTheOriginsThatItDeclares() throws Exception {
        String policy =
                Http.send(
                                port,
                                "GET",
                                "/console/app?connect=https://api.example.com&connect=x;script-src%20*&resource=*")
                        .headers()
                        .firstValue("Content-Security-Policy")
                        .orElseThrow();
        assertThat(policy)
                .contains("sandbox allow-scripts;")
                .contains("connect-src https://api.example.com;")
                .contains("frame-ancestors 'self'")
                .doesNotContain("allow-same-origin", "x;", "*");
    }

    @Test
    void showsAnAppThatReachesItsToolsAndNothingOfTheConsole() {
        try (Chromium chromium = Chromium.start()) {
            ChromeDriver driver = chromium.driver();
            driver.get("http://127.0.0.1:%d/console/#try".formatted(port));
            press(driver, "Connect");
            soon().until(() -> {
                driver.findElements(By.cssSelector(".tools-list button")).stream()
                        .filter(each -> each.getText().startsWith("chart"))
                        .findFirst()
                        .orElseThrow(() -> new WebDriverException("no tool yet"))
                        .click();
                return true;
            });
            press(driver, "Call");
            soon().until(() -> {
                driver.switchTo().frame(driver.findElement(By.cssSelector("iframe.app")));
                return true;
            });
            sees(driver, "result", "Sales of April: 7");
            sees(driver, "called", "Picked by the app");
            sees(driver, "hidden", "An app may not call model-only.");
            sees(driver, "origin", "null");
            sees(driver, "parent", "SecurityError");
            sees(driver, "storage", "SecurityError");
            sees(driver, "fetched", "TypeError");
        }
    }

    private static void press(ChromeDriver driver, String label) {
        soon().until(() -> {
            driver.findElements(By.tagName("button")).stream()
                    .filter(each ->
                            each.isDisplayed() && each.isEnabled() && each.getText().equals(label))
                    .findFirst()
                    .orElseThrow(() -> new WebDriverException("no button " + label))
                    .click();
            return true;
        });
    }

    private static void sees(ChromeDriver driver, String id, String words) {
        soon().untilAsserted(
                        () -> assertThat(driver.findElement(By.id(id)).getText()).isEqualTo(words));
    }
}
