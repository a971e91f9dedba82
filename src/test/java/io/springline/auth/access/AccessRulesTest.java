package io.springline.auth.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.auth.access.AccessRules.Kind;
import io.springline.auth.access.AccessRules.Rule;
import io.springline.session.Caller;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AccessRulesTest {

    private static final Caller USER = new Caller("ada", Set.of("user"), null);

    private static Rule rule(String names, String role) {
        List<String> patterns = List.of(names.split(","));
        return new Rule(patterns, patterns, patterns, Set.of(role));
    }

    private static boolean allows(List<Rule> rules, Kind kind, String... names) {
        return new AccessRules(rules).refusal(kind, List.of(names), USER).isEmpty();
    }

    @Test
    void appliesTheStrictestOfTheRulesThatNameATool() {
        List<Rule> rules = List.of(rule("wipe", "*"), rule("b_wipe", "admin"));
        assertThat(allows(rules, Kind.TOOL, "wipe", "a_wipe")).isTrue();
        assertThat(allows(rules, Kind.TOOL, "wipe", "b_wipe")).isFalse();
        assertThat(allows(rules, Kind.PROMPT, "b_wipe", "wipe")).isFalse();
    }

    @Test
    void deniesWhatNoRuleNames() {
        assertThat(allows(List.of(), Kind.TOOL, "x")).isTrue();
        for (Kind kind : Kind.values()) {
            assertThat(allows(List.of(rule("a", "*")), kind, "x")).isFalse();
            assertThat(allows(List.of(rule("a", "admin"), rule("*", "*")), kind, "x")).isTrue();
        }
        var toolsOnly = new Rule(List.of("*"), List.of(), List.of(), Set.of("*"));
        assertThat(allows(List.of(toolsOnly), Kind.TOOL, "x")).isTrue();
        assertThat(allows(List.of(toolsOnly), Kind.PROMPT, "x")).isFalse();
    }

    @Test
    void appliesTheFirstRuleThatMatchesAName() {
        List<Rule> rules = List.of(rule("a_read*", "user"), rule("a_*", "admin"));
        assertThat(allows(rules, Kind.TOOL, "read_file", "a_read_file")).isTrue();
        assertThat(allows(rules, Kind.TOOL, "write_file", "a_write_file")).isFalse();
    }

    @Test
    void appliesARuleForAllOnlyToWhatNoRuleBeforeItNames() {
        List<Rule> rules = List.of(rule("a_read*", "user"), rule("*", "admin"));
        assertThat(allows(rules, Kind.TOOL, "read_file", "a_read_file")).isTrue();
        assertThat(allows(rules, Kind.TOOL, "write_file", "a_write_file")).isFalse();
        assertThat(allows(List.of(rule("*", "admin"), rule("x", "*")), Kind.TOOL, "x")).isFalse();
    }

    @Test
    void appliesTheFirstRuleForAUriOrItsTemplate() {
        List<Rule> rules =
                List.of(
                        rule("file:///public/*", "*"),
                        rule("file:///{+path}", "admin"),
                        rule("*", "*"));
        String template = "file:///{+path}";
        assertThat(allows(rules, Kind.RESOURCE, "file:///public/a", template)).isTrue();
        assertThat(allows(rules, Kind.RESOURCE, "file:///a", template)).isFalse();
        assertThat(allows(rules, Kind.RESOURCE, "other:///a")).isTrue();
    }
}
