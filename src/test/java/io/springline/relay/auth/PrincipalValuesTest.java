package io.springline.relay.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrincipalValuesTest {

    @Test
    void namesAFileAsThePrincipal() {
        assertThat(PrincipalValues.fileName("alice.b_c-1")).isEqualTo("alice.b_c-1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                ".",
                "..data",
                "../bob",
                "/etc/passwd",
                "a/b",
                "jwt:alice",
                "alice\u0000",
                "",
                "sha256-bd8a",
                "älice"
            })
    void namesAFileByADigestIfThePrincipalIsNoSafeName(String principal) {
        assertThat(PrincipalValues.fileName(principal)).matches("sha256-[0-9a-f]{64}");
    }
}
