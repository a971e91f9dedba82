package io.springline.auth;

import java.net.InetAddress;

/** The service was told to listen to the world without asking anybody who he is. */
final class OpenDoorException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    OpenDoorException(InetAddress address) {
        super(
                "server.address=%s reaches beyond loopback, and no credential is configured"
                        .formatted(address.getHostAddress()));
    }
}
