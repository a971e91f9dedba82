package io.springline.feature.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinearPatternTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            quoteCharacter = '`',
            value = {
                "^a$ a true",
                "b abc true",
                "^b abc false",
                "^\\d{4}-\\d{2}$ 2026-11 true",
                "^[\\w.-]+$ a.b-c true",
                "^\\u00e9$ é true",
                "^[\\u4e00-\\u9fa5]+$ 中文 true",
                "^\\ud83d\\ude00$ 😀 true",
                "^\\u{1f600}$ 😀 true",
                "^\\x41$ A true",
                "^\\x{41}$ A true",
                "^\\p{L}+$ é true",
                "^\\p{Letter}+$ é true",
                "^\\p{Script=Greek}$ λ true",
                "^\\P{L}$ 1 true",
                "^[\\p{L}\\d]+$ é1 true",
                "^[[]$ [ true",
                "^[[:alpha:]]$ a] true",
                "^[[:alpha:]]$ b false",
                "^[]$ x false",
                "^[^]$ x true",
                "^\\/\\-\\_$ /-_ true",
                "^{$ { true",
                "^a{,3}$ a{,3} true",
                "^a{2}$ aa true",
                "^a{2,}$ aaa true",
                "^a{2,3}$ aaaa false",
                "^(?:a|b)+?$ abab true",
                "^(?<name>a)$ a true",
                "(?i)^abc$ ABC true",
                "^\\cM?x$ x true",
                "^a{x}$ a{x} true",
                "^[a-f0-9]{8}(-[a-f0-9]{4}){3}-[a-f0-9]{12}$ 123e4567-e89b-12d3-a456-426614174000 true"
            })
    void matchesAsEcmaScriptDoes(String regex, String text, boolean matches) {
        assertThat(new LinearPattern(regex).matches(text)).isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(?=a)",
                "(?!a)",
                "(?<=a)",
                "(?<!a)",
                "(a)\\1",
                "\\k<x>",
                "a++",
                "a**",
                "(",
                ")",
                "[a",
                "[b-a]",
                "\\",
                "\\p",
                "\\p{Nothing}",
                "\\uZZZZ",
                "\\u12",
                "\\Qa\\E",
                "\\Z",
                "a{1001}",
                "a{9999999999}"
            })
    void refusesWithTheReason(String regex) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LinearPattern(regex))
                .withMessageMatching("(?s)'.*' cannot be matched in linear time: .+");
    }

    /**
     * Each would take gigabytes; the classes and escapes are there to hide a group from a scanner.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a{1000}){1000}",
                "((a{1000}){1000}){1000}",
                "(a{1000}[)]){1000}",
                "(a{1000}[[:alpha:])]){1000}",
                "(a{1000}[\\])]){1000}",
                "(a{1000}[]){1000}",
                "(a{1000}[^])]){1000}",
                "(a{1000}\\)){1000}",
                "(a{1000}\\x{29}){1000}",
                "(a{1000}\\p{L}){1000}",
                "(?:a{1000}|b){1000}",
                "(?i:a{1000}){1000}",
                "((?i)a{1000}){1000}",
                "(a{1000}?){1000}",
                "(a{0,1000}){1000}",
                "(a{1000,}){1000}",
                "(a{1000}){1000,}",
                "([[](a{1000})){1000}",
                "(a{1000}\\u0029){1000}"
            })
    void refusesWhatWouldBecomeTooLarge(String regex) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LinearPattern(regex))
                .withMessageContaining("cannot be matched in linear time");
    }

    @Test
    void refusesGroupsThatAreNestedTooDeep() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new LinearPattern("(".repeat(100_000) + "a" + ")".repeat(100_000)))
                .withMessageContaining("groups are nested more than");
        assertThat(
                        new LinearPattern(
                                        "(".repeat(LinearPattern.MAX_DEPTH)
                                                + "a"
                                                + ")".repeat(LinearPattern.MAX_DEPTH))
                                .matches("a"))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(a+)+$",
                "(a|aa)+$",
                "^(a|a?)+$",
                "^(a*)*$",
                "^(\\w+\\s?)*$",
                "(.*)*=.*",
                "^(([a-z])+.)+[A-Z]([a-z])+$"
            })
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void takesTimeInProportionToTheText(String regex) {
        assertThat(new LinearPattern(regex).matches("a".repeat(40) + "!")).isFalse();
        assertThat(new LinearPattern(regex).matches("a".repeat(100_000) + "!")).isFalse();
    }

    @Test
    void matchesNoTextThatIsTooLongForTheSizeOfThePattern() {
        var pattern = new LinearPattern("a{1000}");
        assertThat(pattern.matches("a".repeat(50_000))).isTrue();
        assertThat(pattern.matches("a".repeat(500_000))).isFalse();
        assertThat(new LinearPattern("^a+$").matches("a".repeat(500_000))).isTrue();
    }
}
