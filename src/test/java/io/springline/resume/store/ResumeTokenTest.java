package io.springline.resume.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResumeTokenTest {

    private static final String SESSION = "7f3c2f8e-0b7a-4f86-9d3a-0c6f7f0f4a11";
    private static final String SECRET = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    @Test
    void parsesWhatItHasIssued() {
        String session = UUID.randomUUID().toString();
        ResumeToken issued = ResumeToken.random(session);
        assertThat(ResumeToken.parse(issued.value())).isEqualTo(issued);
        assertThat(issued.session()).isEqualTo(session);
        assertThat(issued.toString()).doesNotContain(issued.value());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                ".",
                "}.x",
                "{",
                "{}." + SECRET,
                "." + SECRET,
                SESSION,
                SESSION + ".",
                SESSION + "." + SECRET + "A",
                SESSION + "." + SECRET + "\n",
                "\n" + SESSION + "." + SECRET,
                SESSION + "}." + SECRET,
                "7F3C2F8E-0b7a-4f86-9d3a-0c6f7f0f4a11." + SECRET,
                "7f3c2f8e-0b7a-4f86-9d3a-0c6f7f0f4a1\u0661." + SECRET,
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa." + SECRET,
            })
    void rejectsEverythingElse(String text) {
        assertThat(ResumeToken.parse(text)).isNull();
        assertThatThrownBy(() -> new ResumeToken(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rejectsAVeryLongOneInNoTime() {
        assertThat(ResumeToken.parse(SESSION + "." + "A".repeat(4_000_000))).isNull();
    }
}
