package io.springline.ops.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.testing.Chromium;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.chrome.ChromeDriver;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

/** The console in a real browser, where operators have to say who they are. */
class ConsoleSignInIT {

    private static final String ADA = "springline.auth.tokens[0].name=ada";

    // the SHA-256 of "tok-ada-4711"
    private static final String ADAS_HASH =
            "springline.auth.tokens[0].hash=sha256:fc64a0c195eda45d730a829931b75afc442126bcc5ceb5c61fe008d1bf2d39b4";

    private static final String OLGA = "springline.auth.tokens[1].name=olga";

    // the SHA-256 of "tok-olga-4713"
    private static final String OLGAS_HASH =
            "springline.auth.tokens[1].hash=sha256:14efac55a06ac23386dcd2ad69ed7c98cfba6db8573d8ed8f931662fae7c9e58";

    private static final String OLGAS_ROLE = "springline.auth.tokens[1].roles=operator";

    @Nested
    @Tag("slow")
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = {ADA, ADAS_HASH, OLGA, OLGAS_HASH, OLGAS_ROLE})
    class WithoutTickets {

        @LocalServerPort int port;

        @Test
        void anOperatorSignsInAndCallsAToolByTheSubprotocol() {
            signInAndCall(port);
        }
    }

    @Nested
    @SpringBootTest(
            webEnvironment = WebEnvironment.RANDOM_PORT,
            properties = {ADA, ADAS_HASH, OLGA, OLGAS_HASH, OLGAS_ROLE})
    @TestPropertySource(properties = "springline.auth.ticket.enabled=true")
    class WithTickets {

        @LocalServerPort int port;

        @Test
        void anOperatorSignsInAndCallsAToolByATicket() {
            signInAndCall(port);
        }
    }

    private static void signInAndCall(int port) {
        try (Chromium chromium = Chromium.start()) {
            ChromeDriver driver = chromium.driver();
            driver.get("http://127.0.0.1:" + port + "/console/#connections");
            sees(driver, "#sign-in", "Operators only");
            signIn(driver, "wrong");
            sees(driver, "#sign-in", "This token is not valid.");
            signIn(driver, "tok-ada-4711");
            sees(driver, "#sign-in", "does not have the role operator");
            signIn(driver, "tok-olga-4713");
            sees(driver, "main", "No client is connected.");

            driver.findElement(By.cssSelector("a[href='#try']")).click();
            click(driver, ".connect button.primary");
            sees(driver, ".tools-list", "echo");
            click(driver, ".tools-list button");
            driver.findElement(By.cssSelector("[name=message]")).sendKeys("ahoy", Keys.ENTER);
            sees(driver, ".call", "Echo: ahoy");
            assertThat(driver.getCurrentUrl()).doesNotContain("tok-");

            driver.findElement(By.cssSelector("a[href='#connections']")).click();
            sees(driver, ".connections tbody", "olga");
            driver.navigate().refresh();
            sees(driver, "#sign-in", "Operators only");
        }
    }

    private static void signIn(ChromeDriver driver, String token) {
        var input = driver.findElement(By.id("token"));
        input.clear();
        input.sendKeys(token, Keys.ENTER);
    }

    private static void click(ChromeDriver driver, String css) {
        await().ignoreExceptions()
                .until(() -> {
                    driver.findElement(By.cssSelector(css)).click();
                    return true;
                });
    }

    private static void sees(ChromeDriver driver, String css, String text) {
        await().ignoreExceptions()
                .untilAsserted(() ->
                        assertThat(driver.findElement(By.cssSelector(css)).getText())
                                .contains(text));
    }
}
