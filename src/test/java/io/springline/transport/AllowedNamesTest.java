package io.springline.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedNamesTest {

    private final AllowedNames names =
            new AllowedNames(
                    List.of(
                            "localhost",
                            "[::1]",
                            "api.example.com:8443",
                            "https://app.example.com"));

    @ParameterizedTest
    @CsvSource({
        "localhost, true",
        "LocalHost:1234, true",
        "[::1]:8080, true",
        "[::1], true",
        "api.example.com:8443, true",
        "api.example.com, false",
        "localhost.evil.com, false",
        "evil.com, false"
    })
    void hosts(String host, boolean allowed) {
        assertThat(names.allowsHost(host)).isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:3000, true",
        "https://app.example.com, true",
        "http://app.example.com, false",
        "https://app.example.com:444, false",
        "null, false",
        "file://, false"
    })
    void origins(String origin, boolean allowed) {
        assertThat(names.allowsOrigin(origin)).isEqualTo(allowed);
    }

    @Test
    void intersectsByWhatEntriesAllow() {
        var others =
                new AllowedNames(
                        List.of(
                                "localhost:8080",
                                "api.example.com",
                                "app.example.com",
                                "new.example.com"));
        assertThat(names.intersection(others).entries())
                .containsExactlyInAnyOrder(
                        "localhost:8080", "api.example.com:8443", "https://app.example.com");
        var all = new AllowedNames(List.of("*"));
        assertThat(names.intersection(all)).isEqualTo(names);
        assertThat(all.intersection(names)).isEqualTo(names);
    }

    @Test
    void allowsEverythingWithAStar() {
        var all = new AllowedNames(List.of("*"));
        assertThat(all.allowsHost("evil.com")).isTrue();
        assertThat(all.allowsOrigin("null")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "http//x", "*.example.com", "https://x/path"})
    void refusesEntriesOfOtherForms(String entry) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AllowedNames(List.of(entry)))
                .withMessageContaining("'%s'".formatted(entry));
    }
}
