package io.springline.jsonrpc.sse;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.jsonrpc.sse.SseReader.Event;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SseReaderTest {

    @Test
    void readsEventsInOrder() throws IOException {
        assertThat(events("data: one\n\nevent: ping\ndata: two\n\n"))
                .containsExactly(message("one"), new Event("ping", "two", false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void takesAnyLineEnd(String end) throws IOException {
        String text = "data: a\n: comment\ndata:b\ndata\n\ndata: c\n\n".replace("\n", end);
        assertThat(events(text)).containsExactly(message("a\nb\n"), message("c"));
    }

    @Test
    void removesOneSpaceOnlyAndAByteOrderMark() throws IOException {
        assertThat(events("\uFEFFdata:  é: ü\n\n")).containsExactly(message(" é: ü"));
    }

    @Test
    void readsWhatComesByteByByte() throws IOException {
        var whole = new ByteArrayInputStream(bytes("id: 1\r\ndata: é\r\n\r\ndata: b\r\n\r\n"));
        var trickle =
                new InputStream() {
                    @Override
                    public int read() {
                        return whole.read();
                    }

                    @Override
                    public int read(byte[] to, int offset, int length) {
                        return whole.read(to, offset, 1);
                    }
                };
        assertThat(all(new SseReader(trickle, 100))).containsExactly(message("é"), message("b"));
    }

    @Test
    void readsALastEventWithoutABlankLineAndResumesBeforeIt() throws IOException {
        for (String end : new String[] {"\n", ""}) {
            var reader = reader("id: 1\ndata: a\n\nid: 2\ndata: b" + end, 100);
            assertThat(all(reader)).containsExactly(message("a"), message("b"));
            assertThat(reader.lastEventId()).isEqualTo("1");
        }
    }

    @Test
    void keepsTheIdOfAnEventWithoutData() throws IOException {
        var reader = reader("id: 7\ndata:\n\ndata: no id\n\n", 100);
        assertThat(all(reader)).containsExactly(message(""), message("no id"));
        assertThat(reader.lastEventId()).isEqualTo("7");
    }

    @Test
    void givesNoIdThatCannotBeSentBack() throws IOException {
        for (String id : List.of("é", "", "x".repeat(SseReader.MAX_ID + 1))) {
            var reader = reader("id: 1\n\nid: " + id + "\ndata: a\n\n", 5000);
            all(reader);
            assertThat(reader.lastEventId()).as(id).isNull();
        }
    }

    @Test
    void takesRetryInDigitsAndWithinReason() throws IOException {
        assertThat(retry("retry: 250")).isEqualTo(Duration.ofMillis(250));
        assertThat(retry("retry: 999999999")).isEqualTo(Duration.ofMinutes(1));
        assertThat(retry("retry: 99999999999999999999")).isNull();
        assertThat(retry("retry: -1")).isNull();
        assertThat(retry("retry: soon")).isNull();
    }

    @Test
    void marksAnEventThatIsTooLargeAndReadsOn() throws IOException {
        String longLine = "data: " + "x".repeat(1000);
        String manyLines = "data: 12345678\n".repeat(20);
        var reader = reader(longLine + "\n\n" + manyLines + "\nid: 3\ndata: small\n\n", 100);
        var tooLarge = new Event("message", "", true);
        assertThat(all(reader)).containsExactly(tooLarge, tooLarge, message("small"));
        assertThat(reader.lastEventId()).isEqualTo("3");
    }

    @Test
    void takesAnEventOfExactlyTheLargestSize() throws IOException {
        assertThat(all(reader("data: " + "x".repeat(100) + "\n\n", 100)))
                .containsExactly(message("x".repeat(100)));
    }

    private static Duration retry(String line) throws IOException {
        var reader = reader(line + "\n\n", 100);
        all(reader);
        return reader.retry();
    }

    private static Event message(String data) {
        return new Event("message", data, false);
    }

    private static List<Event> events(String text) throws IOException {
        return all(reader(text, 1000));
    }

    private static List<Event> all(SseReader reader) throws IOException {
        var events = new ArrayList<Event>();
        for (Event event; (event = reader.next()) != null; ) {
            events.add(event);
        }
        return events;
    }

    private static SseReader reader(String text, int maxBytes) {
        return new SseReader(new ByteArrayInputStream(bytes(text)), maxBytes);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
