package io.springline.transport;

import io.springline.session.limit.Rate;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * The WebSocket endpoint. Path, limits and allow-lists also apply to HTTP clients.
 *
 * @param path path of the endpoint, for example {@code /mcp}
 * @param maxConnections maximum number of connections on this node. {@code 0} refuses all
 *     connections; there is no value for unlimited
 * @param maxConnectionsPerPrincipal maximum number of connections of one authenticated principal
 * @param maxConnectionsPerAddress maximum number of connections from one remote address
 * @param maxUnauthenticatedConnections maximum number of connections that have not authenticated
 *     yet
 * @param maxUnauthenticatedConnectionsPerAddress maximum number of connections from one remote
 *     address that have not authenticated yet
 * @param connectionRatePerAddress rate limit for the handshakes from one remote address: {@code
 *     N/s}, with a burst of 2 N
 * @param maxBytesPerSecond maximum inbound bytes per second on one connection, with a burst of
 *     twice that. If a client sends more, the server reads more slowly
 * @param trustedProxies addresses and networks ({@code 10.0.0.0/8}) of proxies whose {@code
 *     X-Forwarded-For} header is used
 * @param requestTimeout time within which an HTTP connection must send a complete request, counted
 *     from its opening, and for later requests from their first byte. Between two requests, it may
 *     be idle for {@code server.jetty.connection-idle-timeout} (75 s)
 * @param maxAge age at which the server asks the client to reconnect, plus or minus 10 %, so that
 *     new replicas get their share of the load. If it is not set, never
 * @param heartbeat pings that detect dead peers
 * @param maxMessageSize maximum size of an inbound message, 1 KB to 1 GB. A larger message closes
 *     the connection with 1009
 * @param outboundBufferSize size of the outbound messages that may wait for one client, at least 1
 *     KB. While more are waiting, the server does not read from the client
 * @param writeTimeout time within which a client must read 256 KB while more than {@code
 *     outbound-buffer-size} is waiting. Otherwise, its connection is closed with 1013
 * @param binary messages in CBOR
 * @param compression compression of messages by permessage-deflate
 * @param allowedOrigins origins of web pages that may connect: host, host:port or {@code
 *     scheme://host[:port]}. With {@code *}, every web page in a user's browser can use this server
 * @param allowedHosts permitted values of the Host header: host or host:port. {@code *} permits DNS
 *     rebinding attacks
 */
@Validated
@ConfigurationProperties(prefix = "springline.websocket", ignoreUnknownFields = false)
public record WebSocketProperties(
        @DefaultValue("/mcp")
                @Pattern(
                        regexp = "(/[A-Za-z0-9._~-]+)+",
                        message =
                                "must be a path such as /mcp: parts of letters, digits, '.', '_', '~' and '-', each after a '/'")
                String path,
        @DefaultValue("10000") @Min(0) int maxConnections,
        @DefaultValue("100") @Min(0) int maxConnectionsPerPrincipal,
        @DefaultValue("1000") @Min(0) int maxConnectionsPerAddress,
        @DefaultValue("100") @Min(0) int maxUnauthenticatedConnections,
        @DefaultValue("20") @Min(0) int maxUnauthenticatedConnectionsPerAddress,
        @DefaultValue("200/s") @NotNull Rate connectionRatePerAddress,
        @DefaultValue("20MB") @NotNull DataSize maxBytesPerSecond,
        @DefaultValue List<String> trustedProxies,
        @DefaultValue("10s") @NotNull @DurationMin(millis = 100) Duration requestTimeout,
        @Nullable @DurationMin(seconds = 1) Duration maxAge,
        @DefaultValue @Valid Heartbeat heartbeat,
        @DefaultValue("10MB") @NotNull DataSize maxMessageSize,
        @DefaultValue("1MB") @NotNull DataSize outboundBufferSize,
        @DefaultValue("10s") @NotNull @DurationMin(millis = 100) Duration writeTimeout,
        @DefaultValue @Valid Binary binary,
        @DefaultValue @Valid Compression compression,
        @DefaultValue({"localhost", "127.0.0.1", "[::1]"}) List<String> allowedOrigins,
        @DefaultValue({"localhost", "127.0.0.1", "[::1]"}) List<String> allowedHosts) {

    /** Where servers attach, below the path of the main endpoint. */
    public static final String ATTACH = "attach";

    /** Where tickets are issued, below the path of the main endpoint. */
    public static final String TICKET = "ticket";

    private static final DataSize SMALLEST = DataSize.ofKilobytes(1);
    private static final long LONGEST_WAIT_SECONDS = 60;
    private static final DataSize LARGEST = DataSize.ofGigabytes(1);

    public WebSocketProperties {
        requireSize("max-message-size", maxMessageSize);
        requireSize("outbound-buffer-size", outboundBufferSize);
        if (maxBytesPerSecond.toBytes() < maxMessageSize.toBytes() / LONGEST_WAIT_SECONDS) {
            throw new IllegalArgumentException(
                    "springline.websocket.max-bytes-per-second: %s is too low: a message of max-message-size (%s) would take more than %d s"
                            .formatted(maxBytesPerSecond, maxMessageSize, LONGEST_WAIT_SECONDS));
        }
        check("allowed-origins", () -> new AllowedNames(allowedOrigins));
        check("allowed-hosts", () -> new AllowedNames(allowedHosts));
        check("trusted-proxies", () -> new TrustedProxies(trustedProxies));
    }

    /**
     * Pings that detect dead peers.
     *
     * @param interval time between two pings
     * @param timeout time after a ping within which the peer must send something
     */
    public record Heartbeat(
            @DefaultValue("30s") @NotNull @DurationMin(millis = 100) Duration interval,
            @DefaultValue("10s") @NotNull @DurationMin(millis = 100) Duration timeout) {}

    /**
     * Messages in CBOR.
     *
     * @param enabled whether clients may choose the subprotocol {@code mcp.cbor}
     * @param byteStrings whether base64 in the members {@code data} and {@code blob} is sent as
     *     byte strings (CBOR tag 22), which are a quarter shorter. Inbound byte strings are always
     *     accepted
     */
    public record Binary(
            @DefaultValue("true") boolean enabled, @DefaultValue("true") boolean byteStrings) {}

    /**
     * Compression of messages.
     *
     * @param enabled whether clients may use permessage-deflate. If a message contains both a
     *     secret and text of another party, its compressed length can reveal parts of the secret
     * @param threshold minimum size of a message to compress, 0 to 1 GB
     */
    public record Compression(
            @DefaultValue("false") boolean enabled,
            @DefaultValue("1KB") @NotNull DataSize threshold) {

        public Compression {
            if (threshold.isNegative() || threshold.compareTo(LARGEST) > 0) {
                throw new IllegalArgumentException(
                        "springline.websocket.compression.threshold: must be 0 to 1GB, not %s"
                                .formatted(threshold));
            }
        }
    }

    public AllowedNames origins() {
        return new AllowedNames(allowedOrigins);
    }

    public AllowedNames hosts() {
        return new AllowedNames(allowedHosts);
    }

    private static void check(String property, Supplier<?> parser) {
        try {
            parser.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "springline.websocket.%s: %s".formatted(property, e.getMessage()), e);
        }
    }

    private static void requireSize(String property, DataSize size) {
        if (size.compareTo(SMALLEST) < 0 || size.compareTo(LARGEST) > 0) {
            throw new IllegalArgumentException(
                    "springline.websocket.%s: must be 1KB to 1GB, not %s"
                            .formatted(property, size));
        }
    }
}
