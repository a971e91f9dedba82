package io.springline.ops.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.feature.RequestContext;
import io.springline.feature.TaskSupport;
import io.springline.feature.Tool;
import io.springline.feature.result.ToolOutcome;
import io.springline.feature.result.ToolResult;
import io.springline.testing.Chromium;
import io.springline.testing.CuttingProxy;
import io.springline.testing.McpPeer;
import io.springline.testing.SocketPeer;
import io.springline.transport.websocket.Connections;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The console in a real browser, which complains of nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        // it warns of a version that it does not need, and that would be in the pictures
        properties = "logging.level.org.openqa.selenium=error")
class ConsoleIT {

    private static final Path SCREENSHOTS = Path.of("target", "screenshots");

    /** {@code -Dconsole.docs=true}: the pictures of docs/console.md, after some minutes of load. */
    private static final boolean DOCS = Boolean.getBoolean("console.docs");

    private static final int LOADED_POINTS = DOCS ? 24 : 2;

    /** One permit lets the tool {@code count} take one step. */
    private static final Semaphore STEPS = new Semaphore(0);

    private static final AtomicInteger RUNS = new AtomicInteger();
    private static final AtomicInteger ENDED = new AtomicInteger();
    private static final CountDownLatch CANCELLED = new CountDownLatch(1);

    private static final CountDownLatch LINGER_ENDED = new CountDownLatch(1);

    @LocalServerPort int port;
    @Autowired Connections connections;
    @Autowired History history;

    private Chromium chromium;
    private ChromeDriver driver;

    @TestConfiguration
    static class Counting {
        @Bean
        Tool count() {
            return Tool.named("count")
                    .title("Count")
                    .description("Counts as far as it is told, one step at a time")
                    .inputSchema(
                            """
                            {"type":"object","required":["to","unit"],"properties":{
                              "to":{"type":"integer","minimum":1,"maximum":9,"description":"How far"},
                              "unit":{"type":"string","enum":["sheep","boats"]},
                              "aloud":{"type":"boolean","description":"With progress","default":true},
                              "names":{"type":"array","items":{"type":"string"}},
                              "options":{"type":"object","properties":{"colour":{"type":"string"}}}}}\
                            """)
                    .readOnly()
                    .handler(ConsoleIT::count);
        }

        @Bean
        Tool linger() {
            return Tool.named("linger")
                    .description("Waits until it is cancelled")
                    .tasks(TaskSupport.ALWAYS)
                    .handler((context, _) -> {
                        context.progress(1, null, "step 1");
                        try {
                            new CountDownLatch(1).await();
                        } finally {
                            LINGER_ENDED.countDown();
                        }
                        return ToolResult.text("never");
                    });
        }
    }

    private static ToolOutcome count(RequestContext context, ObjectNode arguments)
            throws InterruptedException {
        RUNS.incrementAndGet();
        int to = arguments.get("to").intValue();
        try {
            for (int i = 1; i <= to; i++) {
                STEPS.acquire();
                context.progress(i, (double) to, arguments.get("unit").stringValue());
            }
        } catch (InterruptedException e) {
            CANCELLED.countDown();
            throw e;
        }
        ENDED.incrementAndGet();
        return ToolResult.text("Counted " + to + " " + arguments);
    }

    @BeforeAll
    void start() {
        chromium = Chromium.start();
        driver = chromium.driver();
    }

    @AfterAll
    void stop() {
        if (chromium != null) {
            chromium.close();
        }
    }

    private void open(int atPort, String view) {
        driver.get("about:blank");
        driver.get("http://127.0.0.1:" + atPort + "/console/#" + view);
    }

    private static ConditionFactory soon() {
        return await().ignoreExceptionsMatching(e ->
                e instanceof StaleElementReferenceException || e instanceof NoSuchElementException);
    }

    private WebElement find(String css) {
        return driver.findElement(By.cssSelector(css));
    }

    private void sees(String css, String text) {
        soon().untilAsserted(() -> assertThat(find(css).getText()).contains(text));
    }

    private WebElement button(String label) {
        return driver.findElements(By.tagName("button")).stream()
                .filter(each -> each.isDisplayed() && each.getText().equals(label))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException(label));
    }

    private void press(String label) {
        soon().until(() -> {
            button(label).click();
            return true;
        });
    }

    private void connect(int atPort, String version) {
        open(atPort, "try");
        soon().until(() -> find(".connect select option") != null);
        find(".connect option[value='%s']".formatted(version)).click();
        press("Connect");
        sees(".tools-list", "count");
    }

    /** Chooses the tool by keyboard alone and fills its form in. */
    private void fill(String to) {
        WebElement found = find(".tools-card input");
        found.clear();
        found.sendKeys("count", Keys.TAB, Keys.ENTER);
        sees(".call-form", "How far");
        find("[name=to]").sendKeys(to);
        find("[name=unit] option:last-child").click();
        find("[name=names]").sendKeys("one\ntwo");
        find("[name=colour]").sendKeys("red");
    }

    private void assertNoComplaint() {
        assertThat(chromium.complaints()).isEmpty();
    }

    private void endsWithoutConnections() {
        driver.get("about:blank");
        await().until(() -> connections.count() == 0);
    }

    @Test
    void theOverviewIsAlive() throws Exception {
        try (var peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp")) {
            peer.initialize("2025-06-18", "{}");
            peer.ask(
                    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"nonesuch\"}}");
            open(port, "overview");
            sees(".pulse", "up ");
            soon().untilAsserted(() -> assertThat(find(".tile .value").getText()).isEqualTo("1"));
            sees(".errors", "nonesuch");
            soon().untilAsserted(
                            () -> assertThat(find(".plot .key b").getText()).matches("[0-9.]+"));
            assertThat(driver.findElements(By.cssSelector(".canvas path"))).isNotEmpty();
            find(".canvas").sendKeys(Keys.ARROW_LEFT);
            soon().untilAsserted(() ->
                    assertThat(find(".canvas").getAttribute("aria-label")).contains("in ", "out "));
        }
        soon().untilAsserted(() -> assertThat(find(".tile .value").getText()).isEqualTo("0"));
        sees(".columns", "client or network");
        assertNoComplaint();
    }

    @Test
    void aConnectionIsFoundWatchedAndEnded() throws Exception {
        try (var first = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp");
                var second = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp")) {
            first.initialize("2025-06-18", "{}");
            second.initialize("2025-11-25", "{}");
            open(port, "connections");
            soon().until(() ->
                    driver.findElements(By.cssSelector(".connections tbody tr")).size() == 2);
            find("[type=search]").sendKeys("2025-11");
            soon().until(() ->
                    driver.findElements(By.cssSelector(".connections tbody tr")).size() == 1);
            sees(".tools", "1 of 2");

            press("Traffic");
            sees(".traffic", "Waiting for the next message");
            second.ask(
                    "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\",\"arguments\":{\"message\":\"ahoy\",\"password\":\"hush\"}}}");
            sees(".traffic tbody", "ahoy");
            sees(".traffic tbody", "tools/call");
            assertThat(find(".traffic tbody").getText()).contains("•••").doesNotContain("hush");
            press("Stop");

            press("Disconnect");
            sees("dialog", "told not to come back");
            find("dialog").sendKeys(Keys.ESCAPE);
            soon().until(() -> driver.findElements(By.tagName("dialog")).isEmpty());
            assertThat(second.closeCode()).isNull();
            press("Disconnect");
            find("dialog button.danger").click();
            assertThat(second.awaitClose()).isEqualTo(1008);
            sees(".tools", "0 of 1");
            sees(".card.flush", "No connection matches.");
        }
        find("[type=search]").sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.DELETE);
        sees(".card.flush", "No client is connected.");
        assertNoComplaint();
    }

    @Test
    void aToolIsCalledCutAndResumedAndRunsOnce() throws Exception {
        connect(port, "2026-07-28");
        int before = RUNS.get();
        int ended = ENDED.get();
        fill("3");
        find("#call").sendKeys(Keys.ENTER);
        STEPS.release();
        sees(".call", "1 of 3 · boats");
        assertThat(find(".call progress").isDisplayed()).isTrue();
        screenshots("try");

        press("Cut the connection");
        sees(".connection-state", "cut");
        STEPS.release(2);
        await().until(() -> connections.count() == 0 && ENDED.get() > ended);
        press("Resume");
        // two steps, and the result if it was faster; nothing that had arrived before
        soon().untilAsserted(() ->
                assertThat(find(".connection-state").getText())
                        .containsPattern("Resumed; [23] messages were replayed"));
        sees(".call", "Counted 3");
        assertThat(find(".call pre").getText())
                .contains("\"to\":3", "\"unit\":\"boats\"", "\"aloud\":true")
                .contains("\"names\":[\"one\",\"two\"]", "\"options\":{\"colour\":\"red\"}");
        assertThat(RUNS.get() - before).isEqualTo(1);
        assertThat(find(".frames").getText()).contains("springline/resume", "•••");
        press("Disconnect");
        sees(".connection-state", "not connected");
        assertNoComplaint();
        endsWithoutConnections();
    }

    @Test
    void aCutByTheNetworkHealsByItself() throws Exception {
        try (var proxy = new CuttingProxy(port, 1 << 28, 1)) {
            proxy.calm();
            connect(proxy.port(), "2025-11-25");
            int before = RUNS.get();
            fill("2");
            press("Call");
            STEPS.release();
            sees(".call", "1 of 2 · boats");
            proxy.cutNow();
            STEPS.release();
            sees(".connection-state", "Resumed");
            sees(".call", "Counted 2");
            assertThat(RUNS.get() - before).isEqualTo(1);
            press("Disconnect");
            endsWithoutConnections();
        }
    }

    @Test
    void aTaskIsShownAndCancelledForItsOwner() throws Exception {
        String meta = McpPeer.meta("{\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}");
        try (var peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp")) {
            open(port, "tasks");
            sees(".empty", "No task runs on this node.");
            JsonNode created =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{%s,"name":"linger"}}\
                            """
                                    .formatted(meta));
            String id = created.at("/result/taskId").asString();
            sees("tbody", "linger");
            sees("tbody", "anonymous");
            sees("tbody", "working");
            sees("tbody", "step 1");
            sees("#count-tasks", "1");
            press("Cancel");
            sees("dialog", "sees the task as cancelled");
            find("dialog button.danger").click();
            sees(".empty", "No task runs on this node.");
            assertThat(LINGER_ENDED.await(60, TimeUnit.SECONDS)).isTrue();
            JsonNode task =
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":2,"method":"tasks/get","params":{%s,"taskId":"%s"}}\
                            """
                                    .formatted(meta, id));
            assertThat(task.at("/result/status").asString()).isEqualTo("cancelled");
        }
        assertNoComplaint();
    }

    @Test
    void aCallIsCancelled() throws Exception {
        connect(port, "2025-11-25");
        fill("9");
        press("Call");
        sees(".call", "running");
        press("Cancel");
        sees(".call", "cancelled");
        assertThat(CANCELLED.await(60, TimeUnit.SECONDS)).isTrue();
        assertNoComplaint();
        endsWithoutConnections();
    }

    @Test
    void whatIsNoNumberIsNotSent() {
        connect(port, "2026-07-28");
        fill("0");
        press("Call");
        assertThat(driver.findElements(By.cssSelector(".call"))).isEmpty();
        endsWithoutConnections();
    }

    /** Some clients that call tools until the thread is interrupted. */
    private Runnable client(int number) {
        List<String> names = List.of("harbour-agent", "desk-assistant", "nightly-batch", "atlas");
        return () -> {
            var random = new Random(number);
            try (var peer = SocketPeer.connect("ws://127.0.0.1:" + port + "/mcp")) {
                if (number % 2 == 0) {
                    peer.ask("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"springline/open\"}");
                }
                peer.ask(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"%s","version":"1.%d"}}}\
                        """
                                .formatted(names.get(number % names.size()), number));
                for (int id = 2; true; id++) {
                    boolean wrong = random.nextInt(200) == 0;
                    peer.ask(
                            """
                            {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%s","arguments":{"message":"hi"}}}\
                            """
                                    .formatted(id, wrong ? "ecco" : "echo"));
                    if (number % 2 == 0) {
                        peer.send(
                                """
                                {"jsonrpc":"2.0","method":"springline/ack","params":{"received":%d}}\
                                """
                                        .formatted(id));
                    }
                    Thread.sleep(random.nextInt(20, 400));
                }
            } catch (InterruptedException e) {
                // the end
            }
        };
    }

    @Test
    @Tag("slow")
    void looksGoodAtEachWidth() throws Exception {
        List<Thread> clients =
                IntStream.range(0, 12).mapToObj(i -> Thread.startVirtualThread(client(i))).toList();
        int before = history.all().size();
        await().atMost(Duration.ofMinutes(10))
                .until(() -> history.all().size() >= before + LOADED_POINTS);
        open(port, "overview");
        sees(".tile .value", "12");
        screenshots("overview");
        open(port, "connections");
        sees(".connections tbody", "harbour-agent");
        screenshots("connections");
        open(port, "upstreams");
        sees("main", "No upstream is configured");
        screenshots("upstreams");
        clients.forEach(Thread::interrupt);
        assertNoComplaint();
        endsWithoutConnections();
    }

    private void assertFits(int width) {
        assertThat(driver.executeScript("return document.documentElement.scrollWidth"))
                .as("at a width of %d nothing sticks out", width)
                .isEqualTo((long) width);
    }

    private void screenshots(String name) throws Exception {
        for (int width : List.of(390, 820, 1440)) {
            chromium.size(width, 900);
            for (boolean dark : List.of(false, true)) {
                chromium.dark(dark);
                driver.executeScript("scrollTo(0, 0)");
                assertFits(width);
                String file = "%s-%d-%s.png".formatted(name, width, dark ? "dark" : "light");
                chromium.screenshot(SCREENSHOTS.resolve(file));
                if (DOCS && !name.equals("upstreams") && dark == name.startsWith("try")) {
                    Path docs = Path.of("docs", "console-%s-%d.png".formatted(name, width));
                    chromium.screenshot(docs);
                }
            }
        }
        chromium.size(1440, 900);
        chromium.dark(false);
    }
}
