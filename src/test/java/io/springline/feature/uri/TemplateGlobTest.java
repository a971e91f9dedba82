package io.springline.feature.uri;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateGlobTest {

    @ParameterizedTest
    @CsvSource({
        "vault://{shelf}/{book}, vault://a/b, true",
        "vault://{shelf}/{book}, vault://a/b/c, false",
        "vault://{shelf}/{book}, vault://a, false",
        "vault://{shelf}/{book}, vault://{shelf}/{book}, true",
        "file:///{+path}, file:///a/b?c#d, true",
        "file:///{+path}, file:///, true",
        "file:///{+path}, files:///a, false",
        "db://{/segments*}{?query*}, db:///a/b?query=1, true",
        "x:{a}{b}{c}, x:abc, true",
        "x:{a}y, x:ayay, true",
        "x:{a}y, x:ayaz, false",
        "plain:///a, plain:///a, true",
        "plain:///a, plain:///ab, false",
    })
    void matchesWhatATemplateMayExpandTo(String template, String uri, boolean matches) {
        assertThat(new TemplateGlob(template).matches(uri)).isEqualTo(matches);
    }

    /** A regular expression would try the ways in which thirty expressions can share a text. */
    @Test
    void matchesATemplateOfManyExpressionsInBoundedTime() {
        var glob = new TemplateGlob("x:" + "{+a}".repeat(200) + "z");
        assertThat(glob.matches("x:" + "y".repeat(8000))).isFalse();
        assertThat(new TemplateGlob("{+a}".repeat(10_000)).matches("a")).isFalse();
    }
}
