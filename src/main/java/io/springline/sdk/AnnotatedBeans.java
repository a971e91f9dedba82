package io.springline.sdk;

import io.modelcontextprotocol.server.McpServerFeatures.SyncCompletionSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncPromptSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceTemplateSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.springline.feature.AsTask;
import io.springline.feature.TaskSupport;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.ai.mcp.annotation.McpComplete;
import org.springframework.ai.mcp.annotation.McpPrompt;
import org.springframework.ai.mcp.annotation.McpResource;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.provider.complete.SyncMcpCompleteProvider;
import org.springframework.ai.mcp.annotation.provider.prompt.SyncMcpPromptProvider;
import org.springframework.ai.mcp.annotation.provider.resource.SyncMcpResourceProvider;
import org.springframework.ai.mcp.annotation.provider.tool.SyncMcpToolProvider;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.function.SingletonSupplier;

/**
 * Finds the beans whose methods have Spring AI's annotations.
 *
 * <p>It searches by type, so a lazy bean is created only if it has such methods. Methods are called
 * through the bean's proxy, so that advice such as method security applies. The order is that of
 * the beans, then of the method names.
 */
final class AnnotatedBeans {

    private static final Logger log = LoggerFactory.getLogger(AnnotatedBeans.class);

    private static final Set<Class<? extends Annotation>> ANNOTATIONS =
            Set.of(McpTool.class, McpResource.class, McpPrompt.class, McpComplete.class);

    private static final Comparator<Method> BY_SIGNATURE =
            Comparator.comparing(Method::getName)
                    .thenComparing(method -> Arrays.toString(method.getParameterTypes()));

    /**
     * A bean with annotated methods.
     *
     * @param methods the methods as invoked on {@code bean}
     */
    private record Annotated(Object bean, ErrorOrigin origin, Method[] methods) {

        boolean has(Class<? extends Annotation> annotation) {
            return Arrays.stream(methods).anyMatch(each -> each.isAnnotationPresent(annotation));
        }

        /** Returns what {@link AsTask} says of the tool, or null. */
        @Nullable TaskSupport tasks(String tool) {
            return Arrays.stream(methods)
                    .filter(method -> method.isAnnotationPresent(AsTask.class))
                    .filter(method -> name(method).equals(tool))
                    .map(method -> method.getAnnotation(AsTask.class))
                    .map(said ->
                            new TaskSupport(
                                    said.value(), DurationStyle.detectAndParse(said.after())))
                    .findFirst()
                    .orElse(null);
        }

        private static String name(Method method) {
            McpTool tool = method.getAnnotation(McpTool.class);
            return tool == null || tool.name().isEmpty() ? method.getName() : tool.name();
        }
    }

    private final ConfigurableListableBeanFactory beans;

    /**
     * The annotated beans, searched on first use, when all beans of the application are defined.
     */
    private final SingletonSupplier<List<Annotated>> found = SingletonSupplier.of(this::find);

    AnnotatedBeans(ConfigurableListableBeanFactory beans) {
        this.beans = beans;
    }

    Stream<SdkSpecification<SyncToolSpecification>> tools() {
        return found.obtain().stream()
                .filter(each -> each.has(McpTool.class))
                .flatMap(each ->
                        new Tools(each)
                                .getToolSpecifications().stream()
                                        .map(spec ->
                                                new SdkSpecification<>(
                                                        spec,
                                                        each.origin,
                                                        each.tasks(spec.tool().name()))));
    }

    Stream<SdkSpecification<SyncResourceSpecification>> resources() {
        return specifications(
                McpResource.class, each -> new Resources(each).getResourceSpecifications());
    }

    Stream<SdkSpecification<SyncResourceTemplateSpecification>> resourceTemplates() {
        return specifications(
                McpResource.class, each -> new Resources(each).getResourceTemplateSpecifications());
    }

    Stream<SdkSpecification<SyncPromptSpecification>> prompts() {
        return specifications(McpPrompt.class, each -> new Prompts(each).getPromptSpecifications());
    }

    Stream<SdkSpecification<SyncCompletionSpecification>> completions() {
        return specifications(
                McpComplete.class, each -> new Completions(each).getCompleteSpecifications());
    }

    private <S> Stream<SdkSpecification<S>> specifications(
            Class<? extends Annotation> annotation, Function<Annotated, List<S>> provider) {
        return found.obtain().stream()
                .filter(each -> each.has(annotation))
                .flatMap(each ->
                        provider.apply(each).stream()
                                .map(spec -> new SdkSpecification<>(spec, each.origin)));
    }

    private List<Annotated> find() {
        var annotated = new ArrayList<Annotated>();
        for (String name : beans.getBeanNamesForType(Object.class, true, false)) {
            Class<?> type = ScopedProxyUtils.isScopedTarget(name) ? null : type(name);
            List<Method> methods = type == null ? List.of() : annotatedMethods(type);
            if (type != null && !methods.isEmpty()) {
                Object bean = beans.getBean(name);
                Method[] callable =
                        methods.stream()
                                .map(method -> callable(name, bean, method))
                                .toArray(Method[]::new);
                annotated.add(new Annotated(bean, new ErrorOrigin(type, true), callable));
            }
        }
        return annotated;
    }

    /** Returns the class behind the proxies; null if it is unknown. */
    private @Nullable Class<?> type(String name) {
        Class<?> type = AutoProxyUtils.determineTargetClass(beans, name);
        if (type == null) {
            return null;
        }
        // the class of such a proxy is known only if the bean exists, so this creates none
        return Proxy.isProxyClass(type)
                ? AopUtils.getTargetClass(beans.getBean(name))
                : ClassUtils.getUserClass(type);
    }

    private static List<Method> annotatedMethods(Class<?> type) {
        if (!AnnotationUtils.isCandidateClass(type, ANNOTATIONS)) {
            return List.of();
        }
        Method[] methods;
        try {
            methods =
                    ReflectionUtils.getUniqueDeclaredMethods(
                            type, ReflectionUtils.USER_DECLARED_METHODS);
        } catch (IllegalStateException e) {
            // the class refers to an optional dependency that is missing
            log.atDebug()
                    .addKeyValue("type", type.getName())
                    .setCause(e)
                    .log("type not searched for annotations");
            return List.of();
        }
        return Arrays.stream(methods)
                .filter(method -> ANNOTATIONS.stream().anyMatch(method::isAnnotationPresent))
                .sorted(BY_SIGNATURE)
                .toList();
    }

    /**
     * Returns the method to invoke on the bean.
     *
     * @throws IllegalStateException if the method cannot be called through the bean's proxy
     */
    private static Method callable(String name, Object bean, Method method) {
        Method callable = AopUtils.selectInvocableMethod(method, bean.getClass());
        boolean pastProxy = AopUtils.isAopProxy(bean) && Modifier.isFinal(callable.getModifiers());
        if (pastProxy || ANNOTATIONS.stream().noneMatch(callable::isAnnotationPresent)) {
            throw new IllegalStateException(
                    "Bean '%s': its proxy cannot call the method %s(). Use a class-based proxy and a method that is not final"
                            .formatted(name, method.getName()));
        }
        return callable;
    }

    private static final class Tools extends SyncMcpToolProvider {

        private final Method[] methods;

        Tools(Annotated annotated) {
            super(List.of(annotated.bean));
            this.methods = annotated.methods;
        }

        @Override
        protected Method[] doGetClassMethods(Object bean) {
            return methods;
        }

        /**
         * Returns a type that no handler exception has, so that Spring AI does not turn exceptions
         * into results with the message of the root cause.
         */
        @Override
        protected Class<? extends Throwable> doGetToolCallException() {
            return Error.class;
        }
    }

    private static final class Resources extends SyncMcpResourceProvider {

        private final Method[] methods;

        Resources(Annotated annotated) {
            super(List.of(annotated.bean));
            this.methods = annotated.methods;
        }

        @Override
        protected Method[] doGetClassMethods(Object bean) {
            return methods;
        }
    }

    private static final class Prompts extends SyncMcpPromptProvider {

        private final Method[] methods;

        Prompts(Annotated annotated) {
            super(List.of(annotated.bean));
            this.methods = annotated.methods;
        }

        @Override
        protected Method[] doGetClassMethods(Object bean) {
            return methods;
        }
    }

    private static final class Completions extends SyncMcpCompleteProvider {

        private final Method[] methods;

        Completions(Annotated annotated) {
            super(List.of(annotated.bean));
            this.methods = annotated.methods;
        }

        @Override
        protected Method[] doGetClassMethods(Object bean) {
            return methods;
        }
    }
}
