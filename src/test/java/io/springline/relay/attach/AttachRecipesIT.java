package io.springline.relay.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.springline.SpringlineApplication;
import io.springline.relay.Upstreams;
import io.springline.testing.Chromium;
import io.springline.testing.SocketPeer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** The servers of docs/attach.md, as they stand there. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        classes = SpringlineApplication.class,
        properties = {"springline.attach.enabled=true", "logging.level.org.openqa.selenium=error"})
class AttachRecipesIT {

    private static final Path PYTHON = Path.of("/usr/bin/python3");
    private static final Path PAGE = Path.of("docs", "attach-page.html");
    private static final Pattern SCRIPT = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL);

    @LocalServerPort int port;

    @Autowired Upstreams upstreams;

    @TempDir Path folder;

    private static ConditionFactory soon() {
        return await().ignoreExceptionsMatching(e ->
                e instanceof StaleElementReferenceException || e instanceof NoSuchElementException);
    }

    private void awaitUp(String name, int tools) {
        soon().until(() ->
                upstreams.all().stream()
                        .anyMatch(each ->
                                each.name().equals(name)
                                        && each.state().equals("up")
                                        && each.tools() == tools));
    }

    private String hub() {
        return "ws://127.0.0.1:%d/mcp/attach".formatted(port);
    }

    private String call(String name, String params) throws InterruptedException {
        try (var client = SocketPeer.connect("ws://127.0.0.1:%d/mcp/%s".formatted(port, name))) {
            client.initialize("2025-11-25", "{}");
            client.send(
                    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":%s}"
                            .formatted(params));
            JsonNode answer = client.receive();
            while (answer.has("method")) {
                answer = client.receive();
            }
            return answer.at("/result/content/0/text").asString("");
        }
    }

    private static boolean hasWebsockets() throws IOException, InterruptedException {
        return Files.isExecutable(PYTHON)
                && new ProcessBuilder(PYTHON.toString(), "-c", "import websockets")
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0;
    }

    @Test
    void servesTheToolsOfAPythonServerThatKnowsItsUrlAlone() throws Exception {
        assumeTrue(hasWebsockets(), "skipped: install the package python3-websockets");
        Matcher script = SCRIPT.matcher(Files.readString(Path.of("docs", "attach.md")));
        assertThat(script.find()).isTrue();
        Path file = Files.writeString(folder.resolve("server.py"), script.group(1));
        Process server =
                new ProcessBuilder(PYTHON.toString(), file.toString(), hub()).inheritIO().start();
        try {
            awaitUp("calculator", 1);
            assertThat(call("calculator", "{\"name\":\"add\",\"arguments\":{\"a\":2,\"b\":3}}"))
                    .isEqualTo("5");
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    @Test
    void servesTheToolsOfAPageAndShowsItInTheConsole() throws Exception {
        HttpServer site =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] page = Files.readAllBytes(PAGE);
        site.createContext(
                "/",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "text/html");
                    exchange.sendResponseHeaders(200, page.length);
                    exchange.getResponseBody().write(page);
                    exchange.close();
                });
        site.start();
        try (var chromium = Chromium.start()) {
            ChromeDriver driver = chromium.driver();
            driver.get("http://127.0.0.1:%d/?hub=%s".formatted(site.getAddress().getPort(), hub()));
            awaitUp("page", 2);
            assertThat(
                            call(
                                    "page",
                                    "{\"name\":\"show_note\",\"arguments\":{\"text\":\"good morning\"}}"))
                    .isEqualTo("shown");
            assertThat(driver.findElement(By.id("note")).getText()).isEqualTo("good morning");
            assertThat(call("page", "{\"name\":\"read_page\"}")).contains("good morning");
            String tab = driver.getWindowHandle();
            driver.switchTo().newWindow(WindowType.TAB);
            driver.get("http://127.0.0.1:%d/console/#upstreams".formatted(port));
            sees(driver, "online");
            assertThat(card(driver).getText()).contains("127.0.0.1", "token anonymous", "attached");
            press(driver, "Ping");
            sees(driver, "It answered after");
            press(driver, "Disconnect");
            soon().until(() -> {
                driver.findElement(By.cssSelector("dialog[open] .danger")).click();
                return true;
            });
            sees(driver, "attached 2 times");
            assertThat(chromium.complaints())
                    .allMatch(each -> each.contains("favicon") || each.contains("WebSocket"));
            driver.switchTo().window(tab);
            soon().until(() -> driver.findElement(By.id("state")).getText().equals("attached"));
        } finally {
            site.stop(0);
        }
    }

    private static WebElement card(ChromeDriver driver) {
        return driver.findElements(By.cssSelector(".upstream")).stream()
                .filter(each -> each.findElement(By.tagName("h2")).getText().equals("page"))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("the card of the page"));
    }

    private static void sees(ChromeDriver driver, String text) {
        soon().untilAsserted(() -> assertThat(card(driver).getText()).contains(text));
    }

    private static void press(ChromeDriver driver, String label) {
        soon().until(() -> {
            List<WebElement> buttons = card(driver).findElements(By.tagName("button"));
            buttons.stream()
                    .filter(each -> each.getText().equals(label))
                    .findFirst()
                    .orElseThrow(() -> new NoSuchElementException(label))
                    .click();
            return true;
        });
    }
}
