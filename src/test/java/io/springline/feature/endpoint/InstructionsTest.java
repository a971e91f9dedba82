package io.springline.feature.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InstructionsTest {

    @Test
    void putsTheConfiguredTextFirstAndOmitsEmptyParts() {
        assertThat(new Instructions(null).text()).isNull();
        var instructions = new Instructions("own");
        instructions.add(() -> " ");
        instructions.add(() -> "one\n");
        assertThat(instructions.text()).isEqualTo("own\n\none");
    }

    @Test
    void limitsEachPartAndTheirTotal() {
        var instructions = new Instructions(null);
        for (int i = 0; i < 100; i++) {
            instructions.add(() -> "x".repeat(10 * Instructions.MAX_PART));
        }
        assertThat(instructions.text())
                .startsWith("x".repeat(Instructions.MAX_PART) + "…")
                .hasSizeLessThan(Instructions.MAX_PARTS);
    }
}
