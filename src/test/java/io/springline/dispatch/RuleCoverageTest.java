package io.springline.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.feature.Tool;
import io.springline.feature.endpoint.Features;
import io.springline.feature.result.ToolResult;
import io.springline.testing.CoreContext;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class RuleCoverageTest {

    private static Tool tool(String name) {
        return Tool.named(name).handler((_, _) -> ToolResult.text(name));
    }

    @Test
    void logsOnceTheFeaturesThatNoRuleMatches(CapturedOutput output) {
        CoreContext.runner()
                .withPropertyValues(
                        "springline.auth.rules[0].tools=open*", "springline.auth.rules[0].roles=*")
                .run(context -> {
                    Features features = context.getBean(Features.class);
                    features.tools().add(List.of(tool("open_a"), tool("forgotten")));
                    var coverage =
                            new RuleCoverage(context.getBean(AuthorizationGuard.class), features);
                    coverage.check();
                    coverage.check();
                    assertThat(output.getOut().split("matches the tools .*forgotten", -1))
                            .hasSize(2);
                    assertThat(output.getOut()).doesNotContain("open_a");
                    for (int i = 0; i < 30; i++) {
                        features.tools().add(List.of(tool("late_" + i)));
                    }
                    coverage.check();
                    assertThat(output.getOut())
                            .contains("late_0, ", "and 10 more")
                            .doesNotContain("late_29");
                });
    }

    @Test
    void remembersNoFeatureThatIsGone(CapturedOutput output) {
        CoreContext.runner()
                .withPropertyValues(
                        "springline.auth.rules[0].tools=open*", "springline.auth.rules[0].roles=*")
                .run(context -> {
                    Features features = context.getBean(Features.class);
                    features.tools().add(List.of(tool("passing")));
                    var coverage =
                            new RuleCoverage(context.getBean(AuthorizationGuard.class), features);
                    coverage.check();
                    features.tools().remove(List.of("passing"));
                    coverage.check();
                    features.tools().add(List.of(tool("passing")));
                    coverage.check();
                    assertThat(output.getOut().split("matches the tools .*passing", -1)).hasSize(3);
                });
    }

    @Test
    void logsNothingWithoutRules(CapturedOutput output) {
        CoreContext.runner()
                .run(context -> {
                    Features features = context.getBean(Features.class);
                    features.tools().add(List.of(tool("forgotten")));
                    new RuleCoverage(context.getBean(AuthorizationGuard.class), features).check();
                    assertThat(output.getOut()).doesNotContain("No rule");
                });
    }
}
