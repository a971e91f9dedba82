package io.springline.ops.console;

import io.springline.testing.Chromium;
import io.springline.testing.RawSocket;
import io.springline.testing.RunningJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.chrome.ChromeDriver;

/**
 * What an open console costs the service with many connections, and whether the page stays
 * responsive: {@code ./mvnw -Pbench verify -Dit.test=ConsoleBench}. CPU is that of the whole server
 * process; the longest frame is the longest time in which the page could not have reacted.
 */
class ConsoleBench {

    private static final int CONNECTIONS = Integer.getInteger("bench.connections", 2_000);
    private static final int SECONDS = Integer.getInteger("bench.seconds", 30);

    /** A page that is looked at for a while: what it asks for has been compiled by then. */
    private static final int WARM_UP_SECONDS = SECONDS;

    private static final String INITIALIZE =
            """
            {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
            "capabilities":{},"clientInfo":{"name":"bench-%d","version":"1"}}}\
            """;

    private static final String WATCH_FRAMES =
            """
            window.longest = 0; let last = performance.now();
            (function next(now) { window.longest = Math.max(window.longest, now - last); last = now;
              requestAnimationFrame(next); })(last);\
            """;

    private final StringBuilder report =
            new StringBuilder(
                    "| %d connections and | CPU of a core | longest frame |\n|---|---:|---:|\n"
                            .formatted(CONNECTIONS));

    @Test
    void anOpenConsoleBesideNone() throws Exception {
        var sockets = new ArrayList<RawSocket>();
        try (var server =
                        new RunningJar(
                                        "--springline.websocket.connection-rate-per-address=100000/s",
                                        "--springline.websocket.max-connections-per-principal=10000",
                                        "--springline.websocket.max-connections-per-address=10000",
                                        "--springline.websocket.heartbeat.interval=1h")
                                .ready();
                var chromium = Chromium.start()) {
            ChromeDriver driver = chromium.driver();
            for (int i = 0; i < CONNECTIONS; i++) {
                var socket = new RawSocket(server.port(), "/mcp", "Sec-WebSocket-Protocol: mcp");
                sockets.add(socket);
                socket.sendText(INITIALIZE.formatted(i));
                socket.read(RawSocket.TEXT);
            }
            driver.get("about:blank");
            measure(server, driver, "no console");
            show(server, driver, "overview", ".tile .value", "%,d".formatted(CONNECTIONS));
            measure(server, driver, "the overview");
            show(server, driver, "connections", ".pager", "Page 1 of");
            measure(server, driver, "the list of connections");
            driver.findElement(By.cssSelector("[type=search]")).sendKeys("bench-17");
            measure(server, driver, "the list, filtered");
            driver.get("about:blank");
            measure(server, driver, "no console again");
        } finally {
            for (RawSocket socket : sockets) {
                socket.close();
            }
        }
        System.out.println(report);
        Files.createDirectories(Path.of("target", "bench"));
        Files.writeString(Path.of("target", "bench", "console.md"), report);
    }

    private static void show(
            RunningJar server, ChromeDriver driver, String view, String css, String text) {
        driver.get("http://127.0.0.1:%d/console/#%s".formatted(server.port(), view));
        Awaitility.await()
                .ignoreExceptions()
                .until(() -> driver.findElement(By.cssSelector(css)).getText().contains(text));
    }

    private void measure(RunningJar server, ChromeDriver driver, String what) {
        pause(WARM_UP_SECONDS);
        driver.executeScript(WATCH_FRAMES);
        Duration before = cpu(server);
        long start = System.nanoTime();
        pause(SECONDS);
        double share =
                (double) cpu(server).minus(before).toNanos() / (System.nanoTime() - start) * 100;
        Object longest = driver.executeScript("return Math.round(window.longest)");
        report.append("| %s | %.2f %% | %s ms |\n".formatted(what, share, longest));
    }

    private static void pause(int seconds) {
        LockSupport.parkNanos(Duration.ofSeconds(seconds).toNanos());
    }

    private static Duration cpu(RunningJar server) {
        return server.process().info().totalCpuDuration().orElseThrow();
    }
}
