package io.springline;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.springline.concurrent.SchedulerNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.Utf8Entry;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * Packages depend on each other as listed here, nested packages included, and never in a circle.
 */
class PackagesTest {

    private static final String ROOT = "io.springline.";

    /** One package a line, then the packages that it may use. */
    private static final String ALLOWED =
            """
            audit: config
            auth: auth.access auth.token config reload session session.limit
            auth.access: session
            auth.http: auth session
            auth.token: config session
            cli: client client.bridge client.local config jsonrpc relay.config
            client: client.local jsonrpc jsonrpc.codec
            client.bridge: client client.local jsonrpc jsonrpc.codec
            client.local: jsonrpc jsonrpc.codec jsonrpc.sse
            client.mcpsdk: client jsonrpc jsonrpc.codec
            cluster: cluster.node cluster.redis cluster.session cluster.task feature.task relay.consent resume toolcall.approval toolcall.limit
            cluster.node: cluster.redis jsonrpc mcp session session.node
            cluster.redis: jsonrpc
            cluster.session: cluster.node cluster.redis concurrent jsonrpc mcp resume resume.store session
            cluster.task: cluster.redis feature.task jsonrpc
            conformance: feature feature.endpoint feature.result feature.schema jsonrpc mcp
            curation: auth.access config
            dispatch: audit auth auth.access concurrent dispatch.call dispatch.shape dispatch.task feature feature.endpoint feature.result feature.schema feature.task feature.uri jsonrpc jsonrpc.codec mcp session session.limit session.request
            dispatch.call: audit concurrent dispatch.shape feature feature.result feature.schema jsonrpc jsonrpc.codec mcp session session.limit session.request
            dispatch.shape: feature.result jsonrpc mcp
            dispatch.task: auth dispatch.call feature feature.result feature.schema feature.task jsonrpc mcp session session.request
            feature: feature.result jsonrpc mcp session
            feature.endpoint: feature feature.result feature.schema feature.uri jsonrpc mcp session session.limit
            feature.result: mcp
            feature.schema: jsonrpc
            feature.task: feature jsonrpc mcp session
            jsonrpc.codec: jsonrpc
            ops: auth cluster feature feature.result ops.actuator ops.console ops.metrics relay relay.upstream reload resume resume.store session session.limit toolcall.approval toolcall.limit transport transport.drain transport.websocket
            ops.actuator: auth cluster jsonrpc jsonrpc.codec mcp ops.metrics relay relay.upstream reload resume.store session session.limit transport transport.drain transport.websocket
            ops.console: auth auth.access dispatch dispatch.call dispatch.task feature.endpoint feature.task jsonrpc mcp ops.actuator ops.metrics relay relay.endpoint relay.upstream reload resume session session.limit transport transport.drain
            ops.metrics: cluster dispatch.call jsonrpc mcp relay relay.auth relay.upstream resume resume.store session session.limit session.request toolcall.approval toolcall.limit transport
            ops.tracing: dispatch.call jsonrpc mcp relay.upstream session
            registry: auth config mcp
            relay: auth config curation feature.endpoint jsonrpc.codec mcp relay.auth relay.call relay.catalogue relay.client relay.config relay.consent relay.endpoint relay.http relay.stdio relay.upstream reload session
            relay.attach: audit auth auth.token config jsonrpc jsonrpc.codec mcp relay relay.attach.connection relay.attach.limit relay.attach.node relay.client relay.config relay.upstream reload session session.limit session.node transport transport.drain transport.handshake transport.websocket transport.websocket.jetty
            relay.attach.connection: dispatch dispatch.call jsonrpc jsonrpc.codec mcp relay.client resume resume.protocol resume.store session transport.drain
            relay.attach.limit: session.limit transport.handshake
            relay.attach.node: jsonrpc jsonrpc.codec relay.client session.node
            relay.auth: auth jsonrpc relay.client relay.config relay.http session session.limit
            relay.call: audit concurrent feature feature.endpoint feature.result jsonrpc mcp relay.auth relay.catalogue relay.client relay.config relay.upstream session
            relay.catalogue: feature.schema jsonrpc mcp relay.client relay.config
            relay.client: feature feature.result jsonrpc mcp relay.config
            relay.config: config
            relay.consent: audit config relay.auth relay.client relay.config session
            relay.endpoint: auth.access concurrent config curation feature feature.endpoint feature.result feature.uri jsonrpc mcp relay.auth relay.call relay.catalogue relay.client relay.config relay.upstream session session.limit
            relay.http: jsonrpc jsonrpc.codec jsonrpc.sse mcp relay.client relay.config
            relay.stdio: concurrent jsonrpc jsonrpc.codec relay.client relay.config
            relay.upstream: concurrent feature feature.endpoint feature.result jsonrpc mcp relay.auth relay.catalogue relay.client relay.config relay.stdio session
            reload: config
            resume: jsonrpc jsonrpc.codec mcp resume.connection resume.store session session.limit session.request
            resume.connection: concurrent jsonrpc mcp resume.store session session.limit
            resume.protocol: audit dispatch dispatch.call feature.schema jsonrpc jsonrpc.codec mcp resume resume.store session
            resume.store: jsonrpc session session.limit
            sdk: feature feature.result jsonrpc mcp
            session: concurrent jsonrpc jsonrpc.codec mcp session.limit session.request
            session.limit: concurrent
            session.request: concurrent jsonrpc
            toolcall: feature feature.endpoint feature.result jsonrpc session.limit toolcall.approval toolcall.limit
            toolcall.approval: audit auth.access feature feature.result jsonrpc mcp reload session session.limit
            toolcall.limit: auth.access feature feature.result jsonrpc reload session.limit
            transport: dispatch mcp session session.limit session.request
            transport.drain: dispatch dispatch.task jsonrpc mcp resume session session.limit session.request transport transport.handshake transport.websocket
            transport.handshake: audit auth auth.http dispatch reload session session.limit transport
            transport.http: audit dispatch jsonrpc jsonrpc.codec mcp resume resume.store session session.limit session.request transport transport.drain transport.handshake transport.http.request transport.http.stream
            transport.http.request: jsonrpc mcp
            transport.http.stream: jsonrpc mcp session session.limit session.request
            transport.websocket: audit auth concurrent dispatch jsonrpc jsonrpc.codec mcp resume session session.limit session.request transport transport.handshake transport.websocket.jetty
            transport.websocket.jetty: concurrent transport transport.handshake
            """;

    /** Packages that are used without Spring, apart from their configuration and properties. */
    private static final Set<String> CORE =
            Set.of(
                    "concurrent",
                    "jsonrpc",
                    "jsonrpc.codec",
                    "mcp",
                    "session",
                    "session.limit",
                    "session.request",
                    "resume",
                    "resume.connection",
                    "resume.protocol",
                    "resume.store",
                    "feature",
                    "feature.endpoint",
                    "feature.result",
                    "feature.schema",
                    "feature.task",
                    "feature.uri",
                    "dispatch",
                    "dispatch.call",
                    "dispatch.shape",
                    "dispatch.task");

    /** Classes of the core that use a Spring type all the same: {@code AccessDeniedException}. */
    private static final Set<String> WITH_SPRING =
            Set.of("dispatch.ErrorMapper", "feature.endpoint.Tools");

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .importUrl(
                            SpringlineApplication.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation());

    @Test
    void usesOnlyTheListedPackages() {
        Map<String, Set<String>> allowed = allowed();
        Map<String, Set<String>> others = new TreeMap<>();
        for (JavaClass from : CLASSES) {
            for (var dependency : from.getDirectDependenciesFromSelf()) {
                String used = dependency.getTargetClass().getPackageName();
                String user = from.getPackageName();
                if (isNested(user)
                        && isNested(used)
                        && !user.equals(used)
                        && !allowed.getOrDefault(name(user), Set.of()).contains(name(used))) {
                    others.computeIfAbsent(name(user) + " -> " + name(used), key -> new TreeSet<>())
                            .add(from.getSimpleName());
                }
            }
        }
        assertThat(others).isEmpty();
    }

    @Test
    void hasNoCircle() {
        slices().matching("io.springline.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void listsOnlyPackagesThatAreUsed() {
        Map<String, Set<String>> unused = allowed();
        for (JavaClass from : CLASSES) {
            for (var dependency : from.getDirectDependenciesFromSelf()) {
                JavaClass used = dependency.getTargetClass();
                if (isNested(from.getPackageName()) && isNested(used.getPackageName())) {
                    unused.getOrDefault(name(from.getPackageName()), new TreeSet<>())
                            .remove(name(used.getPackageName()));
                }
            }
        }
        unused.values().removeIf(Set::isEmpty);
        assertThat(unused).isEmpty();
    }

    /** ArchUnit passes over types in {@code catch} and {@code case}, so this reads constants. */
    @Test
    void usesNoSpringInTheCore() {
        Set<String> users = new TreeSet<>();
        for (JavaClass from : CLASSES) {
            String outermost = from.getName().replaceFirst("\\$.*", "");
            if (isNested(from.getPackageName())
                    && CORE.contains(name(from.getPackageName()))
                    && !outermost.endsWith("Configuration")
                    && !outermost.endsWith("Properties")
                    && namesSpring(from)) {
                users.add(name(outermost));
            }
        }
        assertThat(users).isEqualTo(WITH_SPRING);
    }

    /**
     * A configuration on neither list would exist in the service, and be missing where it is
     * embedded.
     */
    @Test
    void listsEachConfigurationForTheLibraryOrForTheService() {
        assertThat(CLASSES)
                .filteredOn(
                        type -> type.isAnnotatedWith(Configuration.class) && type.isTopLevelClass())
                .extracting(JavaClass::getName)
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(
                                        SpringlineAutoConfiguration.LIBRARY,
                                        SpringlineAutoConfiguration.SERVICE_ONLY)
                                .flatMap(Stream::of)
                                .map(name -> ROOT + name)
                                .toList());
    }

    /**
     * Another name could be that of a bean of the application, which then would not start. A health
     * indicator gives its name to its component of the health.
     */
    @Test
    void beginsTheNamesOfItsBeansWithItsOwnName() {
        Set<String> library =
                Stream.concat(
                                Stream.of(SpringlineAutoConfiguration.LIBRARY),
                                Stream.of(SpringlineAutoConfiguration.class.getSimpleName()))
                        .map(name -> ROOT + name)
                        .collect(Collectors.toSet());
        assertThat(CLASSES)
                .filteredOn(type -> library.contains(type.getName().replaceFirst("\\$.*", "")))
                .flatExtracting(JavaClass::getMethods)
                .filteredOn(method -> method.isAnnotatedWith(Bean.class))
                .isNotEmpty()
                .extracting(PackagesTest::beanName)
                .filteredOn(name -> !name.endsWith("HealthIndicator"))
                .allSatisfy(name -> assertThat(name).startsWith("springline"));
    }

    private static String beanName(JavaMethod method) {
        Bean bean = method.getAnnotationOfType(Bean.class);
        return Stream.of(bean.value(), bean.name())
                .flatMap(Stream::of)
                .findFirst()
                .orElse(method.getName());
    }

    /** The default scheduler belongs to the application that embeds Springline. */
    @Test
    void schedulesOnItsOwnThread() {
        assertThat(CLASSES)
                .flatExtracting(JavaClass::getMethods)
                .filteredOn(method -> method.isAnnotatedWith(Scheduled.class))
                .isNotEmpty()
                .allSatisfy(method ->
                        assertThat(method.getAnnotationOfType(Scheduled.class).scheduler())
                                .as("%s", method)
                                .isEqualTo(SchedulerNames.SPRINGLINE));
    }

    private static boolean namesSpring(JavaClass type) {
        try (var bytes = type.getSource().orElseThrow().getUri().toURL().openStream()) {
            for (var constant : ClassFile.of().parse(bytes.readAllBytes()).constantPool()) {
                if (constant instanceof Utf8Entry text
                        && text.stringValue().contains("org/springframework/")) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Set<String>> allowed() {
        Map<String, Set<String>> allowed = new HashMap<>();
        ALLOWED.lines()
                .map(line -> line.strip().split(":", -1))
                .forEach(line ->
                        allowed.put(
                                line[0], new TreeSet<>(Arrays.asList(line[1].strip().split(" ")))));
        return allowed;
    }

    private static boolean isNested(String packageName) {
        return packageName.startsWith(ROOT);
    }

    private static String name(String packageName) {
        return packageName.substring(ROOT.length());
    }
}
