package io.springline.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.CompleteRequest.CompleteArgument;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import io.springline.feature.AsTask;
import io.springline.feature.TaskSupport;
import io.springline.feature.endpoint.Tools;
import io.springline.session.Caller;
import io.springline.testing.CoreContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.mcp.annotation.McpArg;
import org.springframework.ai.mcp.annotation.McpComplete;
import org.springframework.ai.mcp.annotation.McpMeta;
import org.springframework.ai.mcp.annotation.McpProgressToken;
import org.springframework.ai.mcp.annotation.McpPrompt;
import org.springframework.ai.mcp.annotation.McpResource;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.McpToolParam;
import org.springframework.ai.mcp.annotation.context.McpSyncRequestContext;
import org.springframework.ai.mcp.annotation.context.MetaProvider;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import tools.jackson.databind.JsonNode;

class AnnotatedBeansTest {

    record Forecast(String city, List<Double> celsius) {}

    public static class Origin implements MetaProvider {
        @Override
        public Map<String, Object> getMeta() {
            return Map.of("com.example/origin", "station");
        }
    }

    static class Weather {

        @McpTool(
                name = "forecast",
                description = "Temperatures of the next days",
                generateOutputSchema = true,
                metaProvider = Origin.class)
        Forecast forecast(
                @McpToolParam(description = "Where") String city,
                @McpToolParam(required = false) Integer days) {
            return new Forecast(city, List.of(20.5, 21.0).subList(0, days == null ? 1 : days));
        }

        @McpTool
        String request(
                McpSyncServerExchange exchange,
                McpTransportContext transport,
                McpMeta meta,
                @McpProgressToken Object token) {
            var caller = (Caller) transport.get(TransportKeys.CALLER);
            return String.join(
                    " ",
                    exchange.sessionId(),
                    exchange.getClientInfo().name(),
                    caller.getName(),
                    String.valueOf(meta.get("com.example/trace")),
                    String.valueOf(token));
        }

        @McpTool
        String measure(McpSyncRequestContext context) {
            context.progress(50);
            context.info("half way");
            context.debug("nobody asked for this");
            context.log(l -> l.level(LoggingLevel.WARNING).logger("station").message("cloudy"));
            context.progress(p -> p.progress(2).total(2).message("done"));
            context.ping();
            return "measured";
        }

        @McpResource(uri = "weather://stations", name = "stations", description = "All stations")
        List<String> stations() {
            return List.of("Oslo", "Bergen");
        }

        @McpResource(uri = "weather://{country}/{city}", name = "station", mimeType = "text/x-met")
        String station(String country, String city, McpSyncRequestContext context) {
            return city + " in " + country + " for " + context.clientInfo().name();
        }

        @McpPrompt(name = "pack", description = "What to take along")
        String pack(@McpArg(name = "city", required = true) String city) {
            return "What do I need in " + city + "?";
        }

        @McpComplete(prompt = "pack")
        List<String> cities(CompleteArgument argument) {
            return List.of("Oslo", "Odense").stream()
                    .filter(city -> city.startsWith(argument.value()))
                    .toList();
        }

        @McpComplete(uri = "weather://{country}/{city}")
        List<String> places(String value) {
            return List.of(value + "!");
        }
    }

    static class Archive {

        @McpTool(name = "archive")
        @AsTask(value = TaskSupport.Mode.AUTO, after = "2s")
        String store() {
            return "stored";
        }

        @McpTool
        @AsTask(TaskSupport.Mode.REQUIRED)
        String restore() {
            return "restored";
        }

        @McpTool
        String look() {
            return "seen";
        }
    }

    @Test
    void readsWhichCallsBecomeTasks() {
        CoreContext.runner()
                .withUserConfiguration(SdkConfiguration.class, Archive.class)
                .run(context -> {
                    Tools tools = context.getBean(Tools.class);
                    assertThat(tools.find("archive", "").tasks())
                            .isEqualTo(TaskSupport.auto(Duration.ofSeconds(2)));
                    assertThat(tools.find("restore", "").tasks().mode())
                            .isEqualTo(TaskSupport.Mode.REQUIRED);
                    assertThat(tools.find("look", "").tasks()).isNull();
                });
    }

    @Test
    void listsAToolWithItsGeneratedSchemas() {
        SdkPeer.with(
                peer -> {
                    JsonNode tools = peer.ask("tools/list", "").at("/result/tools");
                    JsonNode forecast = tools.get(0);
                    assertThat(tools.findValuesAsString("name"))
                            .containsExactly("forecast", "measure", "request");
                    assertThat(forecast.at("/inputSchema/type").asString()).isEqualTo("object");
                    assertThat(forecast.at("/inputSchema/properties").propertyNames())
                            .containsExactly("city", "days");
                    assertThat(forecast.at("/inputSchema/properties/city/description").asString())
                            .isEqualTo("Where");
                    assertThat(forecast.at("/inputSchema/required").toString())
                            .isEqualTo("[\"city\"]");
                    assertThat(forecast.at("/outputSchema/properties/celsius/type").asString())
                            .isEqualTo("array");
                    assertThat(forecast.at("/_meta/com.example~1origin").asString())
                            .isEqualTo("station");
                    assertThat(tools.get(2).at("/inputSchema/properties").size()).isZero();
                    assertThat(tools.toString()).doesNotContain("null", "\"\"");
                },
                Weather.class);
    }

    @Test
    void bindsArgumentsByTypeAndGivesStructuredContentAlsoAsText() {
        SdkPeer.with(
                peer -> {
                    JsonNode result =
                            peer.call("forecast", "{\"city\":\"Oslo\",\"days\":2}").get("result");
                    assertThat(result.get("structuredContent").toString())
                            .isEqualTo("{\"city\":\"Oslo\",\"celsius\":[20.5,21.0]}");
                    assertThat(result.at("/content/0/text").asString())
                            .isEqualTo(result.get("structuredContent").toString());
                    assertThat(peer.call("forecast", "{\"city\":\"Oslo\"}").toString())
                            .contains("[20.5]");
                    assertThat(SdkPeer.text(peer.call("forecast", "{\"city\":4}")))
                            .startsWith("Invalid arguments: /city");
                },
                Weather.class);
    }

    @Test
    void givesAMethodWhatItAsksForOfItsRequest() {
        SdkPeer.with(
                peer -> {
                    peer.initialize();
                    JsonNode answer =
                            peer.askLegacy(
                                    "tools/call",
                                    SdkPeer.tool("request", "{}")
                                            + ",\"_meta\":{\"progressToken\":\"p\",\"com.example/trace\":\"t\"}");
                    assertThat(SdkPeer.text(answer)).isEqualTo("recording test anonymous t p");
                },
                Weather.class);
    }

    @Test
    void sendsProgressAndLogMessagesBeforeTheResult() {
        SdkPeer.with(
                peer -> {
                    peer.initialize();
                    peer.sendLegacy(
                            "tools/call",
                            SdkPeer.tool("measure", "{}") + ",\"_meta\":{\"progressToken\":5}");
                    assertThat(peer.receive().get("params").toString())
                            .isEqualTo("{\"progressToken\":5,\"progress\":0.5,\"total\":1}");
                    assertThat(peer.receive().get("params").toString())
                            .isEqualTo(
                                    "{\"level\":\"info\",\"logger\":\"server\",\"data\":\"half way\"}");
                    assertThat(peer.receive().get("params").toString())
                            .isEqualTo(
                                    "{\"level\":\"warning\",\"logger\":\"station\",\"data\":\"cloudy\"}");
                    assertThat(peer.receive().get("params").toString())
                            .isEqualTo(
                                    "{\"progressToken\":5,\"progress\":2,\"total\":2,\"message\":\"done\"}");
                    assertThat(SdkPeer.text(peer.receive())).isEqualTo("measured");
                },
                Weather.class);
    }

    @Test
    void sendsNoProgressAndNoLogThatWereNotAskedFor() {
        SdkPeer.with(
                peer -> assertThat(SdkPeer.text(peer.call("measure", "{}"))).isEqualTo("measured"),
                Weather.class);
    }

    @Test
    void readsResourcesAndTemplates() {
        SdkPeer.with(
                peer -> {
                    assertThat(peer.ask("resources/list", "").at("/result/resources").toString())
                            .isEqualTo(
                                    "[{\"uri\":\"weather://stations\",\"name\":\"stations\",\"description\":\"All stations\",\"mimeType\":\"text/plain\"}]");
                    assertThat(
                                    peer.ask("resources/templates/list", "")
                                            .at("/result/resourceTemplates")
                                            .toString())
                            .isEqualTo(
                                    "[{\"uriTemplate\":\"weather://{country}/{city}\",\"name\":\"station\",\"mimeType\":\"text/x-met\"}]");
                    assertThat(
                                    peer.ask("resources/read", "\"uri\":\"weather://stations\"")
                                            .at("/result/contents")
                                            .findValuesAsString("text"))
                            .containsExactly("Oslo", "Bergen");
                    assertThat(
                                    peer.ask("resources/read", "\"uri\":\"weather://no/oslo\"")
                                            .at("/result/contents/0")
                                            .toString())
                            .isEqualTo(
                                    "{\"uri\":\"weather://no/oslo\",\"mimeType\":\"text/x-met\",\"text\":\"oslo in no for test\"}");
                },
                Weather.class);
    }

    @Test
    void fillsPromptsInAndCompletesTheirArguments() {
        SdkPeer.with(
                peer -> {
                    assertThat(peer.ask("prompts/list", "").at("/result/prompts/0").toString())
                            .contains("\"pack\"", "\"required\":true")
                            .doesNotContain("null");
                    assertThat(
                                    peer.ask(
                                                    "prompts/get",
                                                    SdkPeer.tool("pack", "{\"city\":\"Oslo\"}"))
                                            .at("/result/messages/0/content/text")
                                            .asString())
                            .isEqualTo("What do I need in Oslo?");
                    assertThat(
                                    peer.ask(
                                                    "completion/complete",
                                                    "\"ref\":{\"type\":\"ref/prompt\",\"name\":\"pack\"},\"argument\":{\"name\":\"city\",\"value\":\"Od\"}")
                                            .at("/result/completion/values")
                                            .toString())
                            .isEqualTo("[\"Odense\"]");
                    assertThat(
                                    peer.ask(
                                                    "completion/complete",
                                                    "\"ref\":{\"type\":\"ref/resource\",\"uri\":\"weather://{country}/{city}\"},\"argument\":{\"name\":\"city\",\"value\":\"b\"}")
                                            .at("/result/completion/values")
                                            .toString())
                            .isEqualTo("[\"b!\"]");
                },
                Weather.class);
    }

    static class Secured {

        private final String secret = "unadvised";

        @McpTool
        String open() {
            return secret;
        }
    }

    interface Shop {
        String name();
    }

    static class Interfaced implements Shop {

        @Override
        public String name() {
            return "shop";
        }

        @McpTool
        public String open() {
            return "unadvised";
        }
    }

    static class FinalMethod {
        @McpTool
        final String open() {
            return "unadvised";
        }
    }

    /** Stands for method security: whoever calls past it sees the secret. */
    static class Advice implements BeanPostProcessor {
        @Override
        public Object postProcessAfterInitialization(Object bean, String name) {
            if (bean instanceof Advice
                    || !bean.getClass().getName().contains("AnnotatedBeansTest")) {
                return bean;
            }
            var factory = new ProxyFactory(bean);
            factory.setProxyTargetClass(!(bean instanceof Interfaced));
            factory.addAdvice((MethodInterceptor) call -> "advised " + call.proceed());
            return factory.getProxy();
        }
    }

    @Test
    void callsAProxiedBeanThroughItsAdvice() {
        SdkPeer.with(
                peer ->
                        assertThat(SdkPeer.text(peer.call("open", "{}")))
                                .isEqualTo("advised unadvised"),
                Secured.class,
                Advice.class);
    }

    @ParameterizedTest
    @ValueSource(classes = {FinalMethod.class, Interfaced.class})
    void doesNotStartWithAMethodThatCannotBeCalledThroughItsAdvice(Class<?> bean) {
        CoreContext.runner()
                .withUserConfiguration(SdkConfiguration.class, bean, Advice.class)
                .run(context ->
                        assertThat(context)
                                .getFailure()
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContainingAll("open", "proxy"));
    }

    static class LazyBeans {

        static final AtomicInteger MADE = new AtomicInteger();

        @Bean
        @Lazy
        StringBuilder plain() {
            MADE.addAndGet(100);
            return new StringBuilder();
        }

        @Bean
        @Lazy
        Secured annotated() {
            MADE.addAndGet(1);
            return new Secured();
        }
    }

    @Test
    void makesOnlyThoseLazyBeansThatHaveAnnotatedMethods() {
        LazyBeans.MADE.set(0);
        SdkPeer.with(
                peer -> {
                    assertThat(SdkPeer.text(peer.call("open", "{}"))).isEqualTo("unadvised");
                    assertThat(LazyBeans.MADE).hasValue(1);
                },
                LazyBeans.class);
    }
}
