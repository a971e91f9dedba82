package io.springline.relay.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.springline.relay.config.RelayProperties;
import io.springline.relay.config.UpstreamAuth.Type;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class UpstreamAuthTest {

    /** Binds an upstream from {@code name=value}, separated by blanks. */
    private static RelayProperties.Upstream bound(String properties) {
        var source =
                new MapConfigurationPropertySource(
                        Arrays.stream(properties.trim().split(" +"))
                                .map(each -> each.split("=", 2))
                                .collect(
                                        Collectors.toMap(pair -> "x." + pair[0], pair -> pair[1])));
        return new Binder(source).bind("x", RelayProperties.Upstream.class).get();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    url=http://h/ auth.client-id=c                                        | auth.type is missing
                    url=http://h/ auth.type=none headers.Authorization=b                  | remove one of them
                    url=http://h/ auth.type=static                                        | there are no headers
                    command=c auth.type=client-credentials                                | needs a url
                    command=c auth.type=authorization-code                                | needs a url
                    url=http://h/ auth.type=authorization-code auth.token-uri=http://i/t  | Set issuer-uri, or none
                    url=http://h/ auth.type=authorization-code auth.client-secret=s       | needs client-id
                    url=http://h/ auth.type=authorization-code auth.client-id=c           | client-id needs issuer-uri
                    url=http://h/ auth.type=authorization-code auth.client-id=c auth.issuer-uri=http://i | set client-secret, or client-authentication
                    url=http://h/ auth.type=authorization-code headers.Authorization=b    | remove it from headers
                    command=c auth.type=passthrough                                       | needs a url
                    url=http://h/ auth.type=client-credentials auth.client-id=c           | issuer-uri or token-uri
                    url=http://h/ auth.type=token-exchange auth.issuer-uri=http://i       | client-id is missing
                    url=http://h/ auth.type=token-exchange auth.issuer-uri=i auth.client-id=c auth.client-secret=s | auth.issuer-uri must be
                    url=http://h/ auth.type=token-exchange auth.issuer-uri=http://i auth.client-id=c | set client-secret
                    url=http://h/ auth.type=passthrough headers.authorization=b           | remove it from headers
                    url=http://h/ auth.type=passthrough mode=per-session                  | needs mode shared
                    url=http://h/ auth.type=per-principal                                 | one of file, folder and claim
                    url=http://h/ auth.type=per-principal auth.claim=c auth.folder=/      | one of file, folder and claim
                    url=http://h/ auth.type=per-principal auth.claim=c auth.env=E         | has a header
                    command=c auth.type=per-principal auth.claim=c                        | needs env
                    url=http://h/ auth.type=per-principal auth.claim=c auth.header=Host   | the protocol sets Host itself
                    url=http://h/ auth.type=per-principal auth.claim=c auth.header=X-A headers.x-a=b | sets the header X-A
                    url=http://h/ auth.type=per-principal auth.claim=c auth.format=Bearer | must contain {}
                    url=http://h/ auth.type=per-principal auth.file=/nowhere              | auth.file: cannot be read
                    url=http://h/ auth.type=per-principal auth.folder=/nowhere            | auth.folder: is not a folder
                    url=http://h/ auth.type=passthrough auth.max-principals=0             | at least 1
                    """)
    void refusesAndSaysWhy(String properties, String reason) {
        RelayProperties.Upstream upstream = bound(properties);
        assertThatThrownBy(upstream::check)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void sendsTheHeadersOfTodayWithoutAType() {
        RelayProperties.Upstream upstream = bound("url=http://h/ headers.Authorization=b");
        upstream.check();
        assertThat(upstream.authType()).isEqualTo(Type.STATIC);
        assertThat(bound("url=http://h/").authType()).isEqualTo(Type.NONE);
    }

    @Test
    void formatsTheValueByItsHeader() {
        String prefix = "url=http://h/ auth.type=per-principal auth.claim=c ";
        assertThat(bound(prefix).auth().formatted("v")).isEqualTo("Bearer v");
        assertThat(bound(prefix + "auth.header=X-Key").auth().formatted("v")).isEqualTo("v");
        assertThat(bound(prefix + "auth.format=token={}").auth().formatted("v"))
                .isEqualTo("token=v");
    }

    @Test
    void showsNoSecret() {
        RelayProperties.Upstream upstream =
                bound(
                        "url=http://h/ auth.type=client-credentials auth.client-id=c auth.client-secret=s3cret auth.token-uri=http://t/");
        upstream.check();
        assertThat(upstream.auth().toString() + upstream).doesNotContain("s3cret");
    }
}
