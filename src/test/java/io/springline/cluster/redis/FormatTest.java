package io.springline.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class FormatTest {

    @ParameterizedTest
    @EnumSource
    void readsWhatItHasMarked(Format format) {
        byte[] marked = format.mark(Bytes.of("{\"a\": 1}\n"));
        assertThat(marked).asString().startsWith(format.number() + " {");
        assertThat(format.read(marked)).asString().isEqualTo("{\"a\": 1}\n");
        assertThat(format.read(format.mark(Bytes.NONE))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2 {}", "999999999 {}", "1000000000 {}", "", "1", "{}", " {}", "-1 {}"})
    void doesNotReadWhatHasAnotherFormat(String marked) {
        assertThat(Format.TASK.read(Bytes.of(marked))).isNull();
    }

    @Test
    void warnsOnceOfEachNewerFormat(CapturedOutput output) {
        Format format = Format.RECORD;
        int newer = 1_000_000; // no other test in this JVM has it
        for (int i = 0; i < 3; i++) {
            assertThat(format.accept(newer)).isFalse();
            assertThat(format.accept(format.number())).isTrue();
        }
        assertThat(output.getOut())
                .containsOnlyOnce("has written shared records in a format that this version");
        assertThat(format.accept(newer + 1)).isFalse();
        assertThat(output.getOut().split("has written shared records", -1)).hasSize(3);
    }
}
