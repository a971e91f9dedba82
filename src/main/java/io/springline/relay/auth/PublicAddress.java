package io.springline.relay.auth;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * Tells public addresses from those of private networks, of this machine and of special purpose
 * (RFC 6890).
 */
final class PublicAddress {

    private PublicAddress() {}

    static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address ? isPublic4(bytes) : isPublic6(bytes);
    }

    private static boolean isPublic4(byte[] address) {
        int first = address[0] & 0xff;
        int second = address[1] & 0xff;
        int third = address[2] & 0xff;
        return !(first == 0
                || first >= 240
                || first == 100 && second >= 64 && second < 128
                || first == 192 && second == 0 && (third == 0 || third == 2)
                || first == 198 && (second == 18 || second == 19)
                || first == 198 && second == 51 && third == 100
                || first == 203 && second == 0 && third == 113);
    }

    /** Only 2000::/3 is public; what embeds an IPv4 address is public if that address is. */
    private static boolean isPublic6(byte[] address) {
        int first = address[0] & 0xff;
        int second = address[1] & 0xff;
        if (first == 0x20 && second == 0x02) {
            return isPublicEmbedded(address, 2);
        }
        if (first == 0
                && second == 0x64
                && (address[2] & 0xff) == 0xff
                && address[3] == (byte) 0x9b) {
            return isPublicEmbedded(address, 12);
        }
        boolean documentation =
                first == 0x20 && second == 0x01 && address[2] == 0x0d && address[3] == (byte) 0xb8;
        boolean teredo = first == 0x20 && second == 0x01 && address[2] == 0 && address[3] == 0;
        return first >>> 5 == 1 && !documentation && !teredo;
    }

    private static boolean isPublicEmbedded(byte[] address, int from) {
        try {
            return isPublic(InetAddress.getByAddress(Arrays.copyOfRange(address, from, from + 4)));
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
