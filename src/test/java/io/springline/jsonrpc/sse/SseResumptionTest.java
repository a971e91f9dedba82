package io.springline.jsonrpc.sse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SseResumptionTest {

    @Test
    void pausesAlsoForAServerThatWantsNoPause() throws IOException {
        var resumption = new SseResumption();
        for (int i = 0; i < 3; i++) {
            byte[] text = "retry: 0\nid: x\n\n".getBytes(StandardCharsets.UTF_8);
            var stream = new SseReader(new ByteArrayInputStream(text), 1024);
            while (stream.next() != null) {
                // to its end
            }
            resumption.ended(stream);
            assertThat(resumption.nextPause()).isEqualTo(Duration.ofMillis(100));
        }
        assertThat(resumption.nextPause()).isEqualTo(Duration.ofMillis(200));
    }
}
