package io.springline.ops.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.JsonRpcError;
import io.springline.mcp.McpMethod;
import io.springline.session.Caller;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RecentErrorsTest {

    private final RecentErrors errors = new RecentErrors().open();

    @AfterEach
    void close() {
        errors.close();
    }

    private void fail(String principal, String message) {
        errors.failed(
                McpMethod.TOOLS_CALL,
                new Caller(principal, Set.of(), null),
                new JsonRpcError(-32602, message, null));
    }

    @Test
    void whoRepeatsItselfTakesOnePlace() {
        fail("bob", "before");
        for (int i = 0; i < 10_000; i++) {
            fail("ada", "again");
        }
        assertThat(errors.latest())
                .extracting("text")
                .containsExactly("-32602 again", "-32602 before");
        assertThat(errors.latest().getFirst().count()).isEqualTo(10_000);
        assertThat(errors.latest().getFirst().principal()).isEqualTo("ada");
    }

    @Test
    void keepsNoMoreThanItsLimitWhateverClientsSay() {
        for (int i = 0; i < 1_000; i++) {
            fail("ada", "x".repeat(100_000) + i);
            fail("ada", i + "y".repeat(100_000));
        }
        assertThat(errors.latest()).hasSize(RecentErrors.MAX_FAULTS);
        assertThat(errors.latest())
                .allSatisfy(fault -> assertThat(fault.text()).hasSizeLessThan(310));
    }

    @Test
    void hearsTheLogUntilItIsClosed() {
        var log = LoggerFactory.getLogger("io.springline.somewhere.Thing");
        log.atError()
                .addKeyValue("reference", "4711")
                .setCause(new IllegalStateException("x"))
                .log("broken");
        log.atError().addKeyValue("reference", "4712").log("broken");
        log.info("nothing to see");
        assertThat(errors.latest()).hasSize(1);
        RecentErrors.Fault fault = errors.latest().getFirst();
        assertThat(fault.source()).isEqualTo("error");
        assertThat(fault.what()).isEqualTo("Thing");
        assertThat(fault.text()).contains("broken", "4712").doesNotContain("4711");
        assertThat(fault.count()).isEqualTo(2);
        errors.close();
        log.warn("later");
        assertThat(errors.latest()).hasSize(1);
    }
}
