package io.springline.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.core.io.support.SpringFactoriesLoader;

class LoopbackByDefaultTest {

    @Test
    void refusesToListenBeyondLoopbackWithoutCredentials() throws Exception {
        var everywhere = new LoopbackByDefault(true, false, InetAddress.getByName("0.0.0.0"));
        Throwable refusal =
                catchThrowable(() -> everywhere.customize(new JettyServletWebServerFactory()));
        // Boot's own, some of which want a bean factory, are passed over
        var analyzers =
                SpringFactoriesLoader.forDefaultResourceLocation()
                        .load(FailureAnalyzer.class, (_, _, _) -> {});
        assertThat(analyzers)
                .filteredOn(each ->
                        each.getClass()
                                .getSimpleName()
                                .equals("InvalidConfigurationFailureAnalyzer"))
                .singleElement()
                .satisfies(ours -> {
                    var analysis = ours.analyze(new IllegalStateException(refusal));
                    assertThat(analysis).isNotNull();
                    assertThat(analysis.getDescription()).contains("server.address=0.0.0.0");
                    assertThat(analysis.getAction()).contains("springline.auth.allow-anonymous");
                });
    }
}
