package io.springline.transport.websocket;

import static io.springline.testing.RawSocket.FIN;
import static io.springline.testing.RawSocket.RSV1;
import static io.springline.testing.RawSocket.TEXT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.springline.testing.RawSocket;
import io.springline.transport.websocket.jetty.MessageDeflateTest;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** How permessage-deflate is negotiated (RFC 7692, 5 and 7.1). What follows: {@link Rfc7692IT}. */
@SpringBootTest(
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "springline.websocket.compression.enabled=true",
            "springline.websocket.max-message-size=1MB"
        })
class Rfc7692OffersIT {

    private static final String HEADER = "Sec-WebSocket-Extensions: ";
    private static final String CALL = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";

    @LocalServerPort int port;

    /** What is answered to an offer, its parameters in the order of the alphabet. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "declined",
            value = {
                "permessage-deflate | accepted",
                "permessage-deflate; server_no_context_takeover | accepted",
                "permessage-deflate; client_no_context_takeover | accepted",
                "permessage-deflate;client_no_context_takeover;server_no_context_takeover | accepted",
                "permessage-deflate ; client_no_context_takeover | accepted",
                "permessage-deflate; server_no_context_takeover=1 | declined",
                "permessage-deflate; client_no_context_takeover=true | declined",
                "permessage-deflate; client_max_window_bits | accepted",
                "permessage-deflate; client_max_window_bits=8 | accepted",
                "permessage-deflate; client_max_window_bits=\"10\" | accepted",
                "permessage-deflate; client_max_window_bits=15 | accepted",
                "permessage-deflate; client_max_window_bits=7 | declined",
                "permessage-deflate; client_max_window_bits=16 | declined",
                "permessage-deflate; client_max_window_bits=08 | declined",
                "permessage-deflate; client_max_window_bits=-8 | declined",
                "permessage-deflate; client_max_window_bits=x | declined",
                "permessage-deflate; client_max_window_bits=\"\" | declined",
                "permessage-deflate; server_max_window_bits=15 | accepted; server_max_window_bits=15",
                "permessage-deflate; server_max_window_bits=\"15\" | accepted; server_max_window_bits=15",
                "permessage-deflate; server_max_window_bits | declined",
                "permessage-deflate; server_max_window_bits=16 | declined",
                "permessage-deflate; server_max_window_bits=015 | declined",
                // allowed, and declined, since the JDK's zlib has one window
                "permessage-deflate; server_max_window_bits=8 | declined",
                "permessage-deflate; server_max_window_bits=9 | declined",
                "permessage-deflate; server_max_window_bits=10 | declined",
                "permessage-deflate; server_max_window_bits=11 | declined",
                "permessage-deflate; server_max_window_bits=12 | declined",
                "permessage-deflate; server_max_window_bits=13 | declined",
                "permessage-deflate; server_max_window_bits=14 | declined",
                // twice the same
                "permessage-deflate; server_no_context_takeover; server_no_context_takeover | declined",
                "permessage-deflate; client_max_window_bits=10; client_max_window_bits=10 | declined",
                "permessage-deflate; server_max_window_bits=10; server_max_window_bits=15 | declined",
                "permessage-deflate; client_max_window_bits=\"8;a\" | declined",
                "permessage-deflate; | declined",
                "permessage-deflate;; client_max_window_bits | declined",
                "; client_max_window_bits | declined",
                ";;;a=1 | declined",
                // unknown parameters
                "permessage-deflate; unknown | declined",
                "permessage-deflate; server_no_context_takeover; unknown=1 | declined",
                "x-webkit-deflate-frame | declined",
                "permessage-bzip2, x-other; a=1 | declined",
                "x-other; a=1, permessage-deflate; client_max_window_bits | accepted",
                // in the order of the client's preference
                "permessage-deflate, permessage-deflate; server_max_window_bits=15 | accepted",
                "permessage-deflate; server_max_window_bits=10, permessage-deflate | accepted",
                "permessage-deflate; unknown, permessage-deflate; server_max_window_bits=9, "
                        + "permessage-deflate; server_max_window_bits=15, permessage-deflate"
                        + " | accepted; server_max_window_bits=15",
                "permessage-deflate; client_max_window_bits; client_max_window_bits, "
                        + "permessage-deflate | accepted"
            })
    void anOfferIsAnswered(String offer, @Nullable String answer) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", HEADER + offer)) {
            assertThat(socket.status()).isEqualTo(101);
            assertThat(extension(socket)).isEqualTo(answer == null ? "" : answer);
            byte[] call = CALL.getBytes(UTF_8);
            socket.sendRaw(
                    answer == null
                            ? RawSocket.frame(FIN | TEXT, call)
                            : RawSocket.frame(
                                    FIN | RSV1 | TEXT, MessageDeflateTest.deflated(call)));
            assertThat(socket.read().text()).contains("\"result\":{}");
        }
    }

    @Test
    void readsOffersInSeveralHeaders() throws Exception {
        try (var socket =
                new RawSocket(
                        port,
                        "/mcp",
                        HEADER + "x-other",
                        HEADER + "permessage-deflate; server_max_window_bits=10",
                        HEADER + "permessage-deflate; server_max_window_bits=15")) {
            assertThat(extension(socket)).isEqualTo("accepted; server_max_window_bits=15");
        }
    }

    @Test
    void negotiatesOnlyWhatWasOffered() throws Exception {
        try (var socket = new RawSocket(port, "/mcp")) {
            assertThat(socket.status()).isEqualTo(101);
            assertThat(extension(socket)).isEmpty();
        }
    }

    /** RFC 6455, 9.1: headers that are not a list of extensions. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "permessage-deflate; =1",
                "permessage-deflate; client_max_window_bits=\"10",
                "permessage-deflate; client_max_window_bits = 10"
            })
    void whatIsNoOfferIsABadRequest(String header) throws Exception {
        try (var socket = new RawSocket(port, "/mcp", HEADER + header)) {
            assertThat(socket.status()).isEqualTo(400);
        }
    }

    /** "accepted", plus the parameters of this answer beside those of every answer. */
    private static String extension(RawSocket socket) {
        List<String> lines =
                socket.response()
                        .lines()
                        .filter(line -> line.regionMatches(true, 0, HEADER, 0, HEADER.length()))
                        .toList();
        if (lines.isEmpty()) {
            return "";
        }
        assertThat(lines).hasSize(1);
        String[] parts = lines.getFirst().substring(HEADER.length()).split(";");
        var parameters = new TreeSet<>(Arrays.asList(parts).subList(1, parts.length));
        assertThat(parts[0]).isEqualTo("permessage-deflate");
        assertThat(parameters.remove("server_no_context_takeover")).isTrue();
        assertThat(parameters.remove("client_no_context_takeover")).isTrue();
        return Stream.concat(Stream.of("accepted"), parameters.stream())
                .collect(Collectors.joining("; "));
    }
}
