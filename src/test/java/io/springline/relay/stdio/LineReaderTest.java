package io.springline.relay.stdio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.relay.stdio.LineReader.LineTooLongException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineReaderTest {

    private static LineReader reader(String... reads) {
        List<InputStream> each = new ArrayList<>();
        for (String read : reads) {
            each.add(new ByteArrayInputStream(read.getBytes(StandardCharsets.UTF_8)));
        }
        return new LineReader(new SequenceInputStream(Collections.enumeration(each)), 5);
    }

    private static String text(byte[] line) {
        return new String(line, StandardCharsets.UTF_8);
    }

    private static List<String> buffered(LineReader lines) {
        return lines.buffered().stream().map(LineReaderTest::text).toList();
    }

    @Test
    void returnsTheLinesThatWereReadTogether() throws IOException {
        LineReader lines = reader("a\nb\n\nc", "d\ne\n");
        assertThat(text(lines.next())).isEqualTo("a");
        assertThat(buffered(lines)).containsExactly("b", "");
        assertThat(buffered(lines)).isEmpty();
        assertThat(text(lines.next())).isEqualTo("cd");
        assertThat(buffered(lines)).containsExactly("e");
        assertThat(lines.next()).isNull();
    }

    @Test
    void leavesALineThatIsTooLong() throws IOException {
        LineReader lines = reader("a\n12345\n123456\n");
        assertThat(text(lines.next())).isEqualTo("a");
        assertThat(buffered(lines)).containsExactly("12345");
        assertThat(buffered(lines)).isEmpty();
        assertThatThrownBy(lines::next).isInstanceOf(LineTooLongException.class);
    }
}
