package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values that make no sense are refused before anything is installed. */
class ChartRefusalTest {

    /** Each {@code fail} of {@code _validate.tpl}: values, and what the message names. */
    private static final String FAILS =
            """
            replicaCount=2                                                      | redis.enabled=true
            autoscaling.enabled=true                                            | allowReplicasWithoutRedis
            terminationGracePeriodSeconds=39                                    | at least 40
            drain.timeoutSeconds=60 terminationGracePeriodSeconds=60            | at least 75
            drain.delaySeconds=25                                               | 25 is not less than 25
            config.springline.drain.timeout=1m                                  | drain.timeoutSeconds
            config.springline.drain.delay=1m                                    | drain.delaySeconds
            config.server.port=80                                               | service.port
            config.management.server.port=80                                    | managementService.port
            allowReplicasWithoutRedis=true autoscaling.enabled=true autoscaling.minReplicas=11 | autoscaling.maxReplicas, 10
            allowReplicasWithoutRedis=true autoscaling.enabled=true autoscaling.targetCPU=0 autoscaling.connections.target=0 | targetCPU or connections.target
            allowReplicasWithoutRedis=true autoscaling.enabled=true autoscaling.behavior.scaleDown.stabilizationWindowSeconds=30 | stabilizationWindowSeconds
            allowReplicasWithoutRedis=true replicaCount=2 podDisruptionBudget.minAvailable=1 | either minAvailable or maxUnavailable
            allowReplicasWithoutRedis=true replicaCount=2 podDisruptionBudget.maxUnavailable=null | either minAvailable or maxUnavailable
            service.type=LoadBalancer                                           | loopback only
            ingress.enabled=true                                                | loopback only
            httpRoute.enabled=true                                              | loopback only
            auth.jwt.issuerUri=https://login.example.com                        | auth.jwt.audiences
            auth.existingSecret=s serviceMonitor.enabled=true                   | serviceMonitor.existingSecret
            auth.allowAnonymous=true ingress.enabled=true                       | ingress.hosts
            auth.allowAnonymous=true httpRoute.enabled=true                     | httpRoute.parentRefs
            networkPolicy.enabled=true mcpServers.x.url=https://${HOST}/mcp      | networkPolicy.extraEgress
            redis.enabled=true                                                  | set url or existingSecret
            redis.enabled=true redis.url=redis://r redis.existingSecret=s       | not both
            redis.url=redis://r                                                 | redis.enabled
            redis.enabled=true redis.url=redis://:secret@r                      | redis.existingSecret
            upstreams.x.command=npx                                             | image.variant=node
            mcpServers.x.command=node                                           | image.variant=node
            """;

    private static Chart chart(String values) {
        Chart chart = Chart.byDefault();
        for (String each : values.split(" ")) {
            int equals = each.indexOf('=');
            chart.set(each.substring(0, equals), each.substring(equals + 1));
        }
        return chart;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = FAILS)
    void valuesThatDoNotGoTogetherAreRefused(String values, String named) {
        assertThatThrownBy(() -> chart(values).render()).hasMessageContaining(named);
    }

    @Test
    void eachRefusalIsInTheTableAbove() throws IOException {
        var template = Files.readString(Chart.FOLDER.resolve("templates/_validate.tpl"));
        var fail = Pattern.compile("fail [^\"]*\"\\\\n([^\"]+)\"").matcher(template);
        var refusals = FAILS.lines().map(ChartRefusalTest::refusal).toList();
        int fails = 0;
        while (fail.find()) {
            fails++;
            var message =
                    Arrays.stream(fail.group(1).split("%[sd]"))
                            .map(Pattern::quote)
                            .collect(Collectors.joining(".*"));
            assertThat(refusals)
                    .as(fail.group(1))
                    .anyMatch(refusal -> Pattern.compile(message).matcher(refusal).find());
        }
        assertThat(fails).isEqualTo(template.split("\\bfail ", -1).length - 1);
    }

    private static String refusal(String line) {
        try {
            chart(line.split("\\|")[0].strip()).render();
            return "";
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    replicaCuont=2                          | replicaCuont
                    image.tagg=x                            | tagg
                    auth.jwt.issuer=x                       | issuer
                    ingress.host=x                          | host
                    redis.host=x                            | host
                    drain.timeout=25                        | timeout
                    autoscaling.connections.targets=1       | targets
                    networkPolicy.egress=x                  | egress
                    test.token=x                            | token
                    upstreams.x.comand=x                    | comand
                    replicaCount=0                          | replicaCount
                    replicaCount=many                       | replicaCount
                    image.pullPolicy=Sometimes              | pullPolicy
                    image.digest=sha256:00                  | digest
                    resources.limits.memory=lots            | memory
                    ingress.hosts[0]=*.example.com          | hosts/0
                    publicUrl=mcp.example.com               | publicUrl
                    trustedProxies[0]=proxy                 | trustedProxies/0
                    service.port=0                          | port
                    drain.preStopSeconds=-1                 | preStopSeconds
                    config.Springline.x=1                   | Springline
                    upstreams.x.mode=both                   | mode
                    upstreams.x.prefix=true                 | x
                    """)
    void theSchemaKnowsAllNamesAndTheirValues(String values, String named) {
        assertThatThrownBy(() -> chart(values).render())
                .hasMessageContaining("schema")
                .hasMessageContaining(named);
    }

    @Test
    void olderClustersAreRefused() {
        assertThat(Chart.byDefault().render().objects()).isNotEmpty();
        assertThatThrownBy(() ->
                        new com.marcnuri.helm.Helm(Chart.FOLDER)
                                .template()
                                .withKubeVersion("1.29.0")
                                .call())
                .hasMessageContaining("1.30");
    }
}
