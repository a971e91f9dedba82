package io.springline.transport.websocket.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.springline.session.Outbound;
import io.springline.transport.TransportStatistics;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import org.eclipse.jetty.websocket.core.exception.BadPayloadException;
import org.eclipse.jetty.websocket.core.exception.MessageTooLargeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class MessageDeflateTest {

    private static final int LIMIT = 2 << 20;

    private final TransportStatistics statistics = new TransportStatistics();
    private final MessageDeflate deflate = new MessageDeflate(100, LIMIT, statistics);

    /** As another implementation would: sync flush, without the tail, by the other algorithm. */
    public static byte[] deflated(byte[] plain) {
        var zlib = new Deflater(Deflater.BEST_SPEED, true);
        var out = new ByteArrayOutputStream();
        byte[] part = new byte[64 * 1024];
        zlib.setInput(plain);
        for (int n; (n = zlib.deflate(part, 0, part.length, Deflater.SYNC_FLUSH)) > 0; ) {
            out.write(part, 0, n);
        }
        zlib.end();
        return Arrays.copyOf(out.toByteArray(), out.size() - 4);
    }

    private static byte[] text(int length) {
        var random = new Random(length);
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++) {
            text[i] = (byte) ("{\"text\":\"".charAt(random.nextInt(9)));
        }
        return text;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 99, 100, 1000, 32_767, 32_768, 32_769, 65_536, 1_000_000, LIMIT})
    void inflatesWhatItDeflated(int length) {
        byte[] plain = text(length);
        byte[] sent = deflate.deflate(plain);
        assertThat(sent == plain).isEqualTo(length < 100);
        if (sent != plain) {
            assertThat(sent).hasSizeLessThan(plain.length);
            assertThat(deflate.inflate(sent)).isEqualTo(plain);
        }
        assertThat(deflate.inflate(deflated(plain))).isEqualTo(plain);
    }

    @Test
    void keepsAPayloadThatWouldGrow() {
        byte[] noise = new byte[5000];
        new Random(1).nextBytes(noise);
        assertThat(deflate.deflate(noise)).isSameAs(noise);
        assertThat(statistics.bytesSaved()).isZero();
    }

    @Test
    void compressesEachMessageIndependently() {
        byte[] first = text(5000);
        byte[] second = deflate.deflate(first);
        assertThat(deflate.deflate(first)).isEqualTo(second);
        assertThat(deflate.inflate(second)).isEqualTo(deflate.inflate(second));
    }

    /** RFC 7692, 7.2.3.4. */
    @Test
    void acceptsALastBlockAtTheEnd() {
        byte[] hello = {(byte) 0xf3, 0x48, (byte) 0xcd, (byte) 0xc9, (byte) 0xc9, 0x07, 0x00, 0x00};
        assertThat(deflate.inflate(hello)).asString(StandardCharsets.UTF_8).isEqualTo("Hello");
        byte[] uncompressed = {
            0x00, 0x05, 0x00, (byte) 0xfa, (byte) 0xff, 'H', 'e', 'l', 'l', 'o', 0
        };
        assertThat(deflate.inflate(uncompressed))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("Hello");
        assertThat(deflate.inflate(new byte[] {0x00})).isEmpty();
    }

    /** RFC 7692, 7.2.3.5: a block marked as the last (BFINAL), followed by others. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 32_767, 32_768, 32_769, 1_000_000})
    void continuesAfterALastBlock(int length) {
        byte[] plain = text(length);
        byte[] hello = "Hello".getBytes(StandardCharsets.UTF_8);
        byte[] three = concatenated(plain, hello, plain);
        byte[] marked = finished(plain);
        assertThat(deflate.inflate(concatenated(marked, finished(hello), deflated(plain))))
                .isEqualTo(three);
        byte[] allMarked = concatenated(marked, finished(hello), marked, new byte[1]);
        assertThat(deflate.inflate(allMarked)).isEqualTo(three);
    }

    @Test
    void checksAndCountsDataAfterALastBlock() {
        byte[] half = finished(new byte[LIMIT / 2]);
        assertThat(deflate.inflate(concatenated(half, half))).hasSize(LIMIT);
        assertThatThrownBy(() -> deflate.inflate(concatenated(half, half, finished(new byte[1]))))
                .isInstanceOf(MessageTooLargeException.class);
        assertThatThrownBy(() -> deflate.inflate(concatenated(half, new byte[] {-1, -1, -1})))
                .isInstanceOf(BadPayloadException.class);
    }

    /** Its last block is marked as such. */
    private static byte[] finished(byte[] plain) {
        try (var zlib = new Deflater(Deflater.BEST_SPEED, true)) {
            zlib.setInput(plain);
            zlib.finish();
            byte[] out = new byte[plain.length + 100];
            return Arrays.copyOf(out, zlib.deflate(out));
        }
    }

    private static byte[] concatenated(byte[]... parts) {
        var whole = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            whole.writeBytes(part);
        }
        return whole.toByteArray();
    }

    @Test
    void inflatesABombWithoutMemory() {
        byte[] bomb = deflated(new byte[1 << 27]);
        deflate.inflate(deflated(new byte[10]));
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> deflate.inflate(bomb))
                    .isInstanceOf(MessageTooLargeException.class);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
    }

    /** Nobody has looked at its end, which is missing. */
    @Test
    void stopsInflatingABombAtTheLimit() {
        byte[] bomb = deflated(new byte[1 << 24]);
        byte[] half = Arrays.copyOf(bomb, bomb.length / 2);
        assertThatThrownBy(() -> deflate.inflate(half))
                .isInstanceOf(MessageTooLargeException.class);
    }

    @Test
    void refusesOneByteMoreThanAllowed() {
        assertThat(deflate.inflate(deflated(new byte[LIMIT]))).hasSize(LIMIT);
        assertThatThrownBy(() -> deflate.inflate(deflated(new byte[LIMIT + 1])))
                .isInstanceOf(MessageTooLargeException.class);
    }

    /** However little of it is missing. */
    @Test
    void refusesATruncatedMessage() {
        for (byte[] plain : List.of(text(0), text(9), text(3000))) {
            byte[] whole = deflated(plain);
            assertThat(deflate.inflate(whole)).isEqualTo(plain);
            for (int length = 0; length < whole.length; length++) {
                byte[] part = Arrays.copyOf(whole, length);
                assertThatThrownBy(() -> deflate.inflate(part))
                        .isInstanceOf(BadPayloadException.class);
            }
        }
    }

    @Test
    void refusesGarbage() {
        assertThatThrownBy(() -> deflate.inflate(new byte[] {(byte) 0xff, (byte) 0xff, 1}))
                .isInstanceOf(BadPayloadException.class);
        var random = new Random(7);
        byte[] good = deflated(text(2000));
        for (int i = 0; i < 10_000; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            try {
                deflate.inflate(bad);
            } catch (BadPayloadException | MessageTooLargeException e) {
                // as it should
            }
        }
        assertThat(deflate.inflate(good)).isEqualTo(text(2000));
    }

    @Test
    void compressesABroadcastOnce() {
        byte[] payload = text(5000);
        var shared = new Outbound.Compressed();
        byte[] first = shared.get(() -> deflate.deflate(payload));
        assertThat(shared.get(() -> deflate.deflate(payload))).isSameAs(first);
        assertThat(statistics.messagesCompressed()).isEqualTo(1);
    }
}
