package io.springline.feature.uri;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalUriTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///a/b",
                "file:///",
                "file:///a/.b/..c/d...",
                "file:///a//b",
                "docs://Shelf/Book",
                "docs://a%2Fb/c%20d%25",
                "docs:a:b",
                "https://example.com:8443/a?b=../c#/../d",
                "https://example.com",
                "ui://server/app.html",
                "urn:isbn:1",
                "mailto:a@b",
                "no uri",
                "",
                ":a",
                "docs://{name}/{+path}",
            })
    void leavesACanonicalUriAsItIs(String uri) {
        assertThat(CanonicalUri.of(uri)).isEqualTo(uri);
    }

    @ParameterizedTest
    @CsvSource({
        "FILE:///a, file:///a",
        "file:///public/../secret/x, file:///secret/x",
        "file:///public/%2e%2E/secret/x, file:///secret/x",
        "file:///public/..%2fsecret/x, file:///secret/x",
        "file:///public%2f..%2fsecret/x, file:///secret/x",
        "file:///public/..%5csecret/x, file:///secret/x",
        "file:///public//../secret/x, file:///secret/x",
        "file:///public\\..\\secret, file:///secret",
        "file:///../../a, file:///a",
        "file:///a/., file:///a/",
        "file:///a/b/.., file:///a/",
        "file:/a, file:///a",
        "file:a, file:///a",
        "file://localhost/a, file:///a",
        "docs://x/../y, docs://x/y",
        "docs://%73ecret/x, docs://%73ecret/x",
        "docs://area/%73ecret, docs://area/secret",
        "docs:/../a, docs:/a",
        "https://EXAMPLE.com/a, https://example.com/a",
        "https://example.com:443/a, https://example.com/a",
        "https://me@example.com/a, https://example.com/a",
        "https:///example.com/a, https://example.com/a",
        "https:example.com/a, https://example.com/a",
        "https:\\\\example.com\\a, https://example.com/a",
        "' file:///a ', file:///a",
        "docs://a/b?%61=%7e, docs://a/b?a=~",
    })
    void changesTheSpellingsThatServersReadAlike(String uri, String canonical) {
        assertThat(CanonicalUri.of(uri)).isEqualTo(canonical);
        assertThat(CanonicalUri.of(canonical)).isEqualTo(canonical);
    }

    @Test
    void removesTabsAndLineBreaks() {
        assertThat(CanonicalUri.of("fi\tle:///a\n/b\r")).isEqualTo("file:///a/b");
    }
}
