package io.springline.feature.uri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UriTemplateTest {

    @ParameterizedTest
    @CsvSource({
        "note://{id}, note://42, {id=42}",
        "note://{id}, note://caf%C3%A9, {id=café}",
        "note://{id}, note://a+b, {id=a+b}",
        "note://{id}, note://100%, {id=100%}",
        "note://{id}/icon, note://42/icon, {id=42}",
        "'file:///{+path}', file:///a/b?c#d, '{path=a/b?c#d}'",
        "'a://{x}/{+y}', a://1/2/3, '{x=1, y=2/3}'",
        "a://(.*)[x]+{id}, a://(.*)[x]+1, {id=1}",
        "note://fixed, note://fixed, {}"
    })
    void matches(String template, String uri, String values) {
        assertThat(new UriTemplate(template).match(uri).map(Map::toString)).contains(values);
    }

    @ParameterizedTest
    @CsvSource({
        "note://{id}, note://",
        "note://{id}, note://a/b",
        "note://{id}, note://a?b",
        "note://{id}, note://a#b",
        "note://{id}, xnote://a",
        "note://{id}/icon, note://42/icons",
        "'file:///{+path}', file:///",
        "a.b://{id}, aXb://1",
        "note://fixed, note://other"
    })
    void doesNotMatch(String template, String uri) {
        assertThat(new UriTemplate(template).match(uri)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a://{?q}",
                "a://{#f}",
                "a://{/p}",
                "a://{x,y}",
                "a://{x*}",
                "a://{",
                "a://}",
                "a://{}"
            })
    void refusesWhatItDoesNotSupport(String template) {
        assertThatIllegalArgumentException().isThrownBy(() -> new UriTemplate(template));
    }

    @Test
    void keepsTheOrderOfItsVariables() {
        assertThat(new UriTemplate("{z}-{a}").match("1-2").orElseThrow().keySet())
                .containsExactly("z", "a");
    }

    @Test
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void matchesInLinearTime() {
        String uri = "a://" + "-".repeat(100_000);
        assertThat(new UriTemplate("a://{a}-{b}-{c}-{d}-{e}/x").match(uri)).isEmpty();
        assertThat(new UriTemplate("a://{+a}-{+b}-{+c}-{+d}/x").match(uri)).isEmpty();
    }
}
