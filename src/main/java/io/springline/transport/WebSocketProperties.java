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
 * The WebSocket endpoint.
 *
 * @param path where it is, for example {@code /mcp}
 * @param maxConnections of this node; {@code 0} refuses all, it never means unlimited
 * @param maxConnectionsPerPrincipal of one authenticated principal
 * @param maxConnectionsPerAddress of one remote address
 * @param maxUnauthenticatedConnections of clients that have yet to authenticate
 * @param maxUnauthenticatedConnectionsPerAddress of those, from one remote address
 * @param connectionRatePerAddress handshakes of one remote address, {@code N/s} with bursts of
 *     twice that
 * @param maxBytesPerSecond that may come in on one connection, with bursts of twice that; a client
 *     that sends more is held back
 * @param trustedProxies addresses and networks ({@code 10.0.0.0/8}) whose {@code X-Forwarded-For}
 *     is believed
 * @param requestTimeout how long an HTTP connection may take for its request, or for its next one
 * @param maxAge after which a connection is asked to be made anew, give or take a tenth, so that
 *     load spreads over replicas that were added; never if it is not set
 * @param heartbeat how dead peers are found
 * @param maxMessageSize of one message that comes in, 1 KB to 1 GB; a larger one closes the
 *     connection with 1009
 * @param outboundBufferSize bytes that may wait for one client, at least 1 KB; beyond it nothing
 *     more is read from the client
 * @param writeTimeout how long a client for which more than {@code outbound-buffer-size} waits may
 *     take for 256 KB; then it is closed with 1013
 * @param binary messages in CBOR
 * @param compression of messages, by permessage-deflate
 * @param allowedOrigins origins of web pages that may connect: host, host:port, {@code
 *     scheme://host[:port]}; {@code *} lets every web page in the user's browser use this server
 * @param allowedHosts names that the Host header may have: host or host:port; {@code *} opens the
 *     door to DNS rebinding
 */
@Validated
@ConfigurationProperties(prefix = "springline.websocket", ignoreUnknownFields = false)
public record WebSocketProperties(
        @DefaultValue("/mcp") @Pattern(regexp = "(/[A-Za-z0-9._~-]+)+") String path,
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

    private static final DataSize SMALLEST = DataSize.ofKilobytes(1);
    private static final long LONGEST_WAIT_SECONDS = 60;
    private static final DataSize LARGEST = DataSize.ofGigabytes(1);

    public WebSocketProperties {
        requireSize("max-message-size", maxMessageSize);
        requireSize("outbound-buffer-size", outboundBufferSize);
        if (maxBytesPerSecond.toBytes() < maxMessageSize.toBytes() / LONGEST_WAIT_SECONDS) {
            throw new IllegalArgumentException(
                    "springline.websocket.max-bytes-per-second: %s is too little, since a message of %s must pass within %d s"
                            .formatted(maxBytesPerSecond, maxMessageSize, LONGEST_WAIT_SECONDS));
        }
        check("allowed-origins", () -> new AllowedNames(allowedOrigins));
        check("allowed-hosts", () -> new AllowedNames(allowedHosts));
        check("trusted-proxies", () -> new TrustedProxies(trustedProxies));
    }

    /**
     * @param interval between two pings
     * @param timeout from a ping to the sign of life that it asks for
     */
    public record Heartbeat(
            @DefaultValue("30s") @NotNull @DurationMin(millis = 100) Duration interval,
            @DefaultValue("10s") @NotNull @DurationMin(millis = 100) Duration timeout) {}

    /**
     * @param enabled whether a client may choose the subprotocol {@code mcp.cbor}
     * @param byteStrings whether base64 in members {@code data} and {@code blob} is sent as byte
     *     strings (tag 22), a quarter shorter; they are always read
     */
    public record Binary(
            @DefaultValue("true") boolean enabled, @DefaultValue("true") boolean byteStrings) {}

    /**
     * @param enabled whether clients may have permessage-deflate; what a peer sends and secrets in
     *     one message are a risk then, since the length tells how much they have in common
     * @param threshold 0 to 1 GB; shorter messages are sent as they are
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

    private static void check(String property, Supplier<?> read) {
        try {
            read.get();
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
