package io.springline.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.Endpoint;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the chart renders, read as strictly as the API server reads it. */
class ChartTest {

    private static Stream<String> matrix() throws Exception {
        return Chart.matrix();
    }

    private static PodSpec pod(Manifests manifests) {
        return manifests.one(Deployment.class).getSpec().getTemplate().getSpec();
    }

    private static Container container(Manifests manifests) {
        return pod(manifests).getContainers().stream()
                .filter(each -> each.getName().equals("springline"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theChartHasNoLint() {
        var result = new Helm(Chart.FOLDER).lint().strict().call();
        assertThat(result.isFailed()).as(result.getMessages().toString()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("matrix")
    void eachObjectIsNamedLabelledAndInItsNamespace(String values) {
        Manifests manifests = Chart.with(values).render();
        assertThat(manifests.objects())
                .extracting(each -> each.getKind() + "/" + each.getMetadata().getName())
                .doesNotHaveDuplicates()
                .contains("Deployment/" + manifests.one(Deployment.class).getMetadata().getName());
        for (HasMetadata each : manifests.objects()) {
            if (each.getMetadata().getName().endsWith("-extra")) {
                continue;
            }
            assertThat(each.getMetadata().getNamespace()).isEqualTo("ns");
            assertThat(each.getMetadata().getName()).hasSizeLessThanOrEqualTo(63);
            assertThat(each.getMetadata().getLabels())
                    .containsEntry("app.kubernetes.io/name", "springline")
                    .containsEntry("app.kubernetes.io/instance", "rel")
                    .containsEntry("app.kubernetes.io/managed-by", "Helm");
        }
    }

    @ParameterizedTest
    @MethodSource("matrix")
    void whatSelectsPodsSelectsThem(String values) {
        Manifests manifests = Chart.with(values).render();
        Deployment deployment = manifests.one(Deployment.class);
        Map<String, String> labels = deployment.getSpec().getTemplate().getMetadata().getLabels();
        List<String> ports =
                container(manifests).getPorts().stream().map(ContainerPort::getName).toList();

        assertThat(labels)
                .containsAllEntriesOf(deployment.getSpec().getSelector().getMatchLabels());
        for (Service service : manifests.all(Service.class)) {
            assertThat(labels).containsAllEntriesOf(service.getSpec().getSelector());
            assertThat(service.getSpec().getPorts())
                    .allSatisfy(
                            port -> assertThat(ports).contains(port.getTargetPort().getStrVal()));
        }
        for (Pod test : manifests.all(Pod.class)) {
            assertThat(test.getMetadata().getLabels())
                    .doesNotContainEntry("app.kubernetes.io/component", "server");
        }
        pod(manifests)
                .getTopologySpreadConstraints()
                .forEach(spread -> {
                    assertThat(labels)
                            .containsAllEntriesOf(spread.getLabelSelector().getMatchLabels());
                    assertThat(spread.getMatchLabelKeys()).containsExactly("pod-template-hash");
                });
        manifests
                .find(PodDisruptionBudget.class)
                .ifPresent(budget ->
                        assertThat(labels)
                                .containsAllEntriesOf(
                                        budget.getSpec().getSelector().getMatchLabels()));
        manifests
                .find(NetworkPolicy.class)
                .ifPresent(policy ->
                        assertThat(labels)
                                .containsAllEntriesOf(
                                        policy.getSpec().getPodSelector().getMatchLabels()));
        manifests
                .find(HorizontalPodAutoscaler.class)
                .ifPresent(scaler -> {
                    assertThat(scaler.getSpec().getScaleTargetRef().getName())
                            .isEqualTo(deployment.getMetadata().getName());
                    assertThat(deployment.getSpec().getReplicas()).isNull();
                });
        manifests
                .find(ServiceMonitor.class)
                .ifPresent(monitor ->
                        assertThat(manifests.all(Service.class))
                                .filteredOn(service ->
                                        service.getMetadata()
                                                .getLabels()
                                                .entrySet()
                                                .containsAll(
                                                        monitor.getSpec()
                                                                .getSelector()
                                                                .getMatchLabels()
                                                                .entrySet()))
                                .singleElement()
                                .satisfies(service ->
                                        assertThat(
                                                        service.getSpec()
                                                                .getPorts()
                                                                .getFirst()
                                                                .getName())
                                                .isEqualTo(
                                                        monitor.getSpec()
                                                                .getEndpoints()
                                                                .getFirst()
                                                                .getPort())));
    }

    @ParameterizedTest
    @MethodSource("matrix")
    void podsAreHardened(String values) {
        Manifests manifests = Chart.with(values).render();
        var pods =
                Stream.concat(
                                Stream.of(pod(manifests)),
                                manifests.all(Pod.class).stream().map(Pod::getSpec))
                        .toList();
        for (PodSpec pod : pods) {
            assertThat(pod.getAutomountServiceAccountToken()).isFalse();
            assertThat(pod.getEnableServiceLinks()).isFalse();
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSecurityContext().getSeccompProfile().getType())
                    .isEqualTo("RuntimeDefault");
            var container = pod.getContainers().getFirst().getSecurityContext();
            assertThat(container.getReadOnlyRootFilesystem()).isTrue();
            assertThat(container.getAllowPrivilegeEscalation()).isFalse();
            assertThat(container.getCapabilities().getDrop()).containsExactly("ALL");
        }
        Container container = container(manifests);
        assertThat(container.getImagePullPolicy()).isIn("Always", "IfNotPresent", "Never");
        assertThat(container.getResources().getLimits())
                .allSatisfy((_, quantity) ->
                        assertThat(Quantity.getAmountInBytes(quantity)).isPositive());
    }

    @ParameterizedTest
    @MethodSource("matrix")
    void thePodHasTimeToDrain(String values) {
        Manifests manifests = Chart.with(values).render();
        long sleep = container(manifests).getLifecycle().getPreStop().getSleep().getSeconds();
        ServiceSettings settings = ServiceSettings.of(manifests);
        long drain = settings.seconds("springline.drain.timeout");
        assertThat(settings.seconds("springline.drain.delay")).isLessThan(drain);
        assertThat(settings.seconds("spring.lifecycle.timeout-per-shutdown-phase"))
                .isGreaterThan(drain)
                .isLessThan(pod(manifests).getTerminationGracePeriodSeconds() - sleep);
    }

    @Test
    void byDefaultThereIsOnePodThatNobodyReachesFromOutside() {
        Manifests manifests = Chart.byDefault().render();
        assertThat(manifests.objects())
                .extracting(HasMetadata::getKind)
                .containsExactlyInAnyOrder(
                        "ServiceAccount", "ConfigMap", "Service", "Service", "Deployment");
        assertThat(manifests.one(Deployment.class).getSpec().getReplicas()).isEqualTo(1);
        assertThat(ServiceSettings.of(manifests).value("server.address")).isNull();
    }

    @Test
    void aChangedConfigurationMakesNewPods() {
        assertThat(checksum(Chart.byDefault().set("config.springline.features.page-size", 10)))
                .isNotEqualTo(checksum(Chart.byDefault()));
        assertThat(checksum(Chart.byDefault().set("service.port", 80)))
                .isEqualTo(checksum(Chart.byDefault()));
    }

    @Test
    void whatTheServiceAppliesByItselfMakesNoNewPods() {
        for (String live :
                List.of(
                        "config.springline.endpoints.team.instructions",
                        "config.springline.relay.inputs.name",
                        "mcpServers.docs.url")) {
            assertThat(checksum(Chart.byDefault().set(live, "http://docs/mcp")))
                    .as(live)
                    .isEqualTo(checksum(Chart.byDefault()));
            assertThat(
                            checksum(
                                    Chart.byDefault()
                                            .set("config.springline.reload.watch", false)
                                            .set(live, "http://docs/mcp")))
                    .as(live)
                    .isNotEqualTo(
                            checksum(
                                    Chart.byDefault()
                                            .set("config.springline.reload.watch", false)));
        }
    }

    private static String checksum(Chart chart) {
        return chart.render()
                .one(Deployment.class)
                .getSpec()
                .getTemplate()
                .getMetadata()
                .getAnnotations()
                .get("checksum/config");
    }

    @Test
    void outsidersReachTheEndpointAndItsMetadataAndNothingElse() {
        Manifests manifests = Chart.with("ci/everything-values.yaml").render();
        var paths = List.of("/v1/mcp", "/.well-known");
        assertThat(manifests.one(Ingress.class).getSpec().getRules())
                .allSatisfy(rule ->
                        assertThat(rule.getHttp().getPaths())
                                .extracting(path -> path.getPath())
                                .containsExactlyElementsOf(paths));
        assertThat(manifests.one(HTTPRoute.class).getSpec().getRules().getFirst().getMatches())
                .extracting(match -> match.getPath().getValue())
                .containsExactlyElementsOf(paths);
        assertThat(manifests.all(Service.class))
                .filteredOn(service -> service.getMetadata().getName().endsWith("-management"))
                .singleElement()
                .satisfies(
                        service -> assertThat(service.getSpec().getType()).isEqualTo("ClusterIP"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "upstreams.drive.auth.type",
                "config.springline.relay.upstreams.drive.auth.type"
            })
    void usersReachThePagesOnWhichTheyConsent(String type) {
        assertThat(
                        Chart.with("ci/everything-values.yaml")
                                .set(type.replace("auth.type", "url"), "https://drive.example/mcp")
                                .set(type, "authorization-code")
                                .render()
                                .one(Ingress.class)
                                .getSpec()
                                .getRules())
                .allSatisfy(rule ->
                        assertThat(rule.getHttp().getPaths())
                                .extracting(path -> path.getPath())
                                .containsExactly("/v1/mcp", "/.well-known", "/springline/consent"));
    }

    /** As the service, which leaves out only the entries that it cannot use. */
    @Test
    void anyEntryOfAnotherHostIsPassedOn() {
        Chart.byDefault()
                .set("mcpServers.gemini.httpUrl", "https://a.example/mcp")
                .set("mcpServers.goose.cmd", "python")
                .set("mcpServers.zed.transport.url", "https://b.example/mcp")
                .set("upstreams.x.url", "https://c.example/mcp")
                .set("upstreams.x.transport", "http")
                .set("upstreams.x.probe-interval", "10s")
                .set("upstreams.x.max-processes-per-principal", 2)
                .set("upstreams.x.tools.include[0]", "read")
                .set("upstreams.x.extensions[0]", "com.example/x")
                .render();
    }

    @Test
    void thePortsOfAllUrlsAreLetOut() {
        assertThat(
                        Chart.byDefault()
                                .set("networkPolicy.enabled", true)
                                .set("mcpServers.gemini.httpUrl", "https://a.example:8443/mcp")
                                .set("mcpServers.gemini.url", "https://a.example:9443/sse")
                                .set("mcpServers.zed.transport.url", "http://b.example/${PATH}")
                                .set("mcpServers.goose.uri", "http://c.example:81/mcp")
                                .render()
                                .one(NetworkPolicy.class)
                                .getSpec()
                                .getEgress())
                .flatExtracting(rule -> rule.getPorts())
                .extracting(port -> port.getPort().getIntVal())
                .containsExactlyInAnyOrder(53, 53, 8443, 80, 81);
    }

    @Test
    void theServiceListensWhereEverybodyMayConnect() {
        assertThat(
                        ServiceSettings.of(
                                        Chart.byDefault()
                                                .set("config.springline.auth.allow-anonymous", true)
                                                .render())
                                .value("server.address"))
                .isEqualTo("0.0.0.0");
    }

    @Test
    void podsRefuseAHalfRenewedCertificate() {
        assertThat(
                        ServiceSettings.of(Chart.with("ci/tls-values.yaml").render())
                                .value("spring.ssl.bundle.pem.server.keystore.verify-keys"))
                .isEqualTo(true);
    }

    @Test
    void whatIsConfiguredElsewhereIsLetOut() {
        var egress =
                Chart.with("ci/everything-values.yaml")
                        .render()
                        .one(NetworkPolicy.class)
                        .getSpec()
                        .getEgress();
        assertThat(egress)
                .flatExtracting(rule -> rule.getPorts())
                .extracting(port -> port.getPort().getIntVal())
                .contains(53, 6379, 8081, 443, 8443);
        assertThat(Chart.with("ci/redis-values.yaml").render().one(NetworkPolicy.class))
                .satisfies(policy ->
                        assertThat(policy.getSpec().getEgress())
                                .flatExtracting(rule -> rule.getPorts())
                                .extracting(port -> port.getPort().getIntVal())
                                .containsExactly(53, 53, 6380));
    }

    @Test
    void imagesAreNamedByRegistryVariantTagOrDigest() {
        String version = "1.2.0-SNAPSHOT";
        assertThat(container(Chart.byDefault().render()).getImage())
                .isEqualTo("springline:" + version);
        assertThat(container(Chart.with("ci/everything-values.yaml").render()).getImage())
                .isEqualTo("images.example.com/springline:" + version + "-node");
        assertThat(container(Chart.byDefault().set("image.tag", "x").render()).getImage())
                .isEqualTo("springline:x");
        String digest = "sha256:" + "0".repeat(64);
        assertThat(container(Chart.byDefault().set("image.digest", digest).render()).getImage())
                .isEqualTo("springline@" + digest);
    }

    @Test
    void alertsFollowTheConfiguredLimits() {
        var rules =
                Chart.with("ci/everything-values.yaml")
                        .render()
                        .one(PrometheusRule.class)
                        .getSpec()
                        .getGroups();
        assertThat(rules)
                .extracting(group -> group.getName())
                .containsExactly("springline", "springline-extra");
        assertThat(rules.getFirst().getRules())
                .filteredOn(rule -> rule.getAlert().equals("SpringlineNearlyFull"))
                .singleElement()
                .satisfies(rule ->
                        assertThat(rule.getExpr().getStrVal())
                                .isEqualTo(
                                        "springline_connections_active{namespace=\"ns\", job=\"everything-management\"} > 17000"));
    }

    @Test
    void redisIsMissedOnlyWhereThereIsOne() {
        var chart = Chart.byDefault().set("prometheusRule.enabled", true);
        assertThat(alerts(chart)).isNotEmpty().doesNotContain("SpringlineRedisAway");
        assertThat(alerts(chart.set("redis.enabled", true).set("redis.url", "redis://redis:6379")))
                .contains("SpringlineRedisAway");
    }

    private static List<String> alerts(Chart chart) {
        return chart.render().one(PrometheusRule.class).getSpec().getGroups().stream()
                .flatMap(group -> group.getRules().stream())
                .map(rule -> rule.getAlert())
                .toList();
    }

    @Test
    void prometheusGetsATokenWhereCredentialsAreConfigured() {
        var monitored = Chart.byDefault().set("serviceMonitor.enabled", true);
        assertThat(scrape(monitored).getAuthorization()).isNull();
        monitored
                .set("auth.existingSecret", "tokens")
                .set("serviceMonitor.existingSecret", "scraper")
                .set("serviceMonitor.existingSecretKey", "t");
        assertThat(scrape(monitored).getAuthorization())
                .satisfies(authorization -> {
                    assertThat(authorization.getType()).isEqualTo("Bearer");
                    assertThat(authorization.getCredentials().getName()).isEqualTo("scraper");
                    assertThat(authorization.getCredentials().getKey()).isEqualTo("t");
                });
    }

    private static Endpoint scrape(Chart chart) {
        return chart.render().one(ServiceMonitor.class).getSpec().getEndpoints().getFirst();
    }

    /** As the kubelet sends them: by the pod's IP, without a credential. */
    @Test
    void probesAskForTheStatusThatNeedsNoCredential() {
        var container = container(Chart.with("ci/everything-values.yaml").render());
        assertThat(
                        Stream.of(
                                container.getStartupProbe(),
                                container.getReadinessProbe(),
                                container.getLivenessProbe()))
                .allSatisfy(probe ->
                        assertThat(probe.getHttpGet().getPath()).startsWith("/actuator/health/"));
    }

    @Test
    void theTestPodIsThereWhenItCouldConnect() {
        assertThat(Chart.byDefault().render().find(Pod.class)).isEmpty();
        assertThat(Chart.byDefault().set("auth.existingSecret", "tokens").render().find(Pod.class))
                .isEmpty();
        assertThat(Chart.byDefault().set("auth.allowAnonymous", true).render().find(Pod.class))
                .get()
                .satisfies(pod ->
                        assertThat(pod.getSpec().getContainers().getFirst().getArgs())
                                .containsExactly(
                                        "call",
                                        "--timeout=30",
                                        "ws://rel-springline.ns.svc:8080/mcp",
                                        "echo",
                                        "{\"message\":\"hello\"}"));
    }

    @Test
    void notesSayHowToConnectAndWhatIsMissing() {
        assertThat(Chart.byDefault().notes())
                .contains(
                        "kubectl -n ns port-forward deploy/rel-springline 8080:8080",
                        "npx wscat -s mcp -c ws://127.0.0.1:8080/mcp",
                        "NO CREDENTIALS");
        assertThat(Chart.with("ci/gateway-values.yaml").notes())
                .contains(
                        "npx wscat -s mcp -H \"Authorization: Bearer $TOKEN\" -c wss://mcp.example.com/mcp",
                        "ALL CLIENTS SEEM TO BE ONE")
                .doesNotContain("NO CREDENTIALS", "15 or 30 seconds");
        assertThat(Chart.with("ci/no-redis-values.yaml").notes())
                .contains("THE PODS DO NOT KNOW EACH OTHER", "EVERYBODY");
        assertThat(Chart.with("ci/tls-values.yaml").notes())
                .contains("-n -c wss://127.0.0.1:8080/mcp", "test.existingSecret");
        assertThat(Chart.with("values-production.yaml").notes())
                .doesNotContain("THE PODS", "ALL CLIENTS", "NO CREDENTIALS", "EVERYBODY");
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void theRecipesOfTheDocumentationAreValues(String recipe, @TempDir Path folder)
            throws Exception {
        Path values = Files.writeString(folder.resolve("values.yaml"), recipe);
        String yaml =
                Chart.with(values)
                        .set("auth.allowAnonymous", true)
                        .set("ingress.hosts[0]", "mcp.example.com")
                        .yaml();
        // objects of a cloud, whose schemas are not here
        Manifests manifests =
                Manifests.parse(
                        Stream.of(yaml.split("(?m)^---$"))
                                .filter(object -> !object.contains("networking.gke.io"))
                                .collect(Collectors.joining("---\n")));
        assertThat(manifests.all(Ingress.class).size() + manifests.all(HTTPRoute.class).size())
                .isEqualTo(1);
    }

    private static Stream<String> recipes() throws IOException {
        String page = Files.readString(Path.of("docs/operations.md"));
        String section =
                page.substring(page.indexOf("## Behind a proxy"), page.indexOf("## What happens"));
        return Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
                .matcher(section)
                .results()
                .map(block -> block.group(1));
    }

    @Test
    void whatKubernetesDoesNotKnowIsSeen() {
        assertThatThrownBy(() ->
                        Manifests.parse(
                                """
                                apiVersion: v1
                                kind: Service
                                metadata: {name: x}
                                spec: {portss: []}
                                """))
                .hasMessageContaining("portss");
        assertThatThrownBy(() ->
                        Manifests.parse(
                                """
                                apiVersion: monitoring.coreos.com/v1
                                kind: ServiceMonitor
                                metadata: {name: x}
                                spec: {endpoints: [{intervall: 30s}]}
                                """))
                .hasMessageContaining("intervall");
        assertThatThrownBy(() -> Manifests.parse("{apiVersion: v1, kind: Secret}"))
                .hasMessageContaining("unexpected v1/Secret");
    }
}
