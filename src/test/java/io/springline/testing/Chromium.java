package io.springline.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * A headless browser: that of {@code CHROME_BIN} and {@code CHROMEDRIVER}, or the one on the path.
 * Where there is none the test is skipped, unless {@code -Dbrowser.required=true}.
 */
public final class Chromium implements AutoCloseable {

    private static final List<String> BROWSERS =
            List.of("chromium", "chromium-browser", "google-chrome");

    private final ChromeDriver driver;

    private Chromium(ChromeDriver driver) {
        this.driver = driver;
    }

    /**
     * @param more further arguments of the browser
     */
    public static Chromium start(String... more) {
        Optional<Path> browser = find("CHROME_BIN", BROWSERS);
        Optional<Path> chromedriver = find("CHROMEDRIVER", List.of("chromedriver"));
        boolean found = browser.isPresent() && chromedriver.isPresent();
        assumeTrue(
                found || Boolean.getBoolean("browser.required"),
                "skipped: install the packages chromium and chromium-driver");
        var logging = new LoggingPreferences();
        logging.enable(LogType.BROWSER, Level.ALL);
        var options = new ChromeOptions();
        options.setBinary(browser.orElseThrow().toFile());
        options.addArguments(
                "--headless=new",
                "--no-sandbox", // containers run as root, and have no user namespaces
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--hide-scrollbars",
                "--window-size=1440,900");
        options.addArguments(more);
        options.setCapability("goog:loggingPrefs", logging);
        var service =
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(chromedriver.orElseThrow().toFile())
                        .usingAnyFreePort()
                        .build();
        return new Chromium(new ChromeDriver(service, options));
    }

    private static Optional<Path> find(String variable, List<String> names) {
        String named = System.getenv(variable);
        return named != null
                ? Optional.of(Path.of(named))
                : Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .flatMap(folder -> names.stream().map(name -> Path.of(folder, name)))
                        .filter(Files::isExecutable)
                        .findFirst();
    }

    public ChromeDriver driver() {
        return driver;
    }

    /**
     * What the page has written to its console since the last call, with what the CSP has blocked.
     */
    public List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(Object::toString)
                .toList();
    }

    public void dark(boolean dark) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(
                                Map.of(
                                        "name",
                                        "prefers-color-scheme",
                                        "value",
                                        dark ? "dark" : "light"))));
    }

    public void size(int width, int height) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of(
                        "width",
                        width,
                        "height",
                        height,
                        "deviceScaleFactor",
                        1,
                        "mobile",
                        width < 600));
    }

    /** The whole page, not only what fits in the window. */
    public void screenshot(Path file) throws IOException {
        Object data =
                driver.executeCdpCommand(
                                "Page.captureScreenshot",
                                Map.of("format", "png", "captureBeyondViewport", true))
                        .get("data");
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(data.toString()));
    }

    @Override
    public void close() {
        driver.quit();
    }
}
