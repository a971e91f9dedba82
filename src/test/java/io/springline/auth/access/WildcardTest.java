package io.springline.auth.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WildcardTest {

    @ParameterizedTest
    @CsvSource({
        "a, a, true",
        "a, b, false",
        "a, ab, false",
        "*, '', true",
        "*, anything, true",
        "a*, a, true",
        "a*, abc, true",
        "a*, ba, false",
        "*a, cba, true",
        "*a, ab, false",
        "a*a, a, false",
        "a*a, aa, true",
        "a*b*c, a--b--c, true",
        "a*b*c, a--c--b, false",
        "*b*, abc, true",
        "*b*, ac, false",
        "*ab*ab*, ab, false",
        "*ab*ab*, aabab, true",
        "a**b, ab, true",
        "**, x, true",
        "ab*bc, abc, false",
        "file:///*/secret, file:///a/b/secret, true",
        "a.c, abc, false",
        "'', '', true",
        "'', a, false"
    })
    void matches(String pattern, String name, boolean matches) {
        assertThat(new Wildcard(pattern).matches(name)).isEqualTo(matches);
    }

    /** Spring's PatternMatchUtils tries each place for each star. */
    @Test
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void takesTimeInProportionToTheName() {
        String name = "a".repeat(1_000_000);
        assertThat(new Wildcard("*a*".repeat(20) + "b").matches(name)).isFalse();
        assertThat(new Wildcard("*a".repeat(20) + "*b*").matches(name)).isFalse();
    }
}
