package io.springline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.web.MockHttpServletRequest;

class TrustedProxiesTest {

    private final TrustedProxies proxies =
            new TrustedProxies(List.of("10.0.0.0/8", "192.0.2.1", "fd00::/8"));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            textBlock =
                    """
                    203.0.113.9 | -                                   | 203.0.113.9:4711
                    203.0.113.9 | 198.51.100.7                        | 203.0.113.9:4711
                    10.1.2.3    | 198.51.100.7                        | 198.51.100.7
                    10.1.2.3    | 198.51.100.7:5000                   | 198.51.100.7
                    10.1.2.3    | 1.1.1.1, 198.51.100.7               | 198.51.100.7
                    10.1.2.3    | 1.1.1.1, 198.51.100.7, 192.0.2.1    | 198.51.100.7
                    10.1.2.3    | 10.9.9.9                            | 10.9.9.9
                    10.1.2.3    | -                                   | 10.1.2.3
                    10.1.2.3    | 1.1.1.1, nonsense                   | 10.1.2.3
                    10.1.2.3    | 1.1.1.1, evil.example.com, 10.0.0.1 | 10.0.0.1
                    fd00::1     | 2001:db8::7                         | 2001:db8:0:0:0:0:0:7
                    fd00::1     | [2001:db8::7]:443                   | 2001:db8:0:0:0:0:0:7
                    """)
    void believesWhatTrustedProxiesWrote(String peer, String forwarded, String client) {
        var request = new MockHttpServletRequest();
        request.setRemoteAddr(peer);
        request.setRemotePort(4711);
        if (forwarded != null) {
            request.addHeader("X-Forwarded-For", forwarded);
        }
        assertThat(proxies.clientOf(request)).hasToString(client);
    }

    @Test
    void countsIpv6ClientsByTheirNetwork() {
        var one = new ClientAddress(InetAddress.ofLiteral("2001:db8:1:2::1"), null);
        var same = new ClientAddress(InetAddress.ofLiteral("2001:db8:1:2:ffff::2"), null);
        var other = new ClientAddress(InetAddress.ofLiteral("2001:db8:1:3::1"), null);
        assertThat(one.key()).isEqualTo(same.key()).isNotEqualTo(other.key());
    }
}
