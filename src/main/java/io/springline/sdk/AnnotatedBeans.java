package io.springline.sdk;

import io.modelcontextprotocol.server.McpServerFeatures.SyncCompletionSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncPromptSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncResourceTemplateSpecification;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
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
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.function.SingletonSupplier;

/**
 * Finds beans with methods that carry Spring AI's annotations, by their types: a lazy bean is made
 * only when it has such methods. Methods are called through the bean's proxy, so that advice such
 * as method security applies. In bean order, and within a bean by method name.
 */
final class AnnotatedBeans {

    private static final Logger log = LoggerFactory.getLogger(AnnotatedBeans.class);

    private static final Set<Class<? extends Annotation>> ANNOTATIONS =
            Set.of(McpTool.class, McpResource.class, McpPrompt.class, McpComplete.class);

    private static final Comparator<Method> BY_SIGNATURE =
            Comparator.comparing(Method::getName)
                    .thenComparing(method -> Arrays.toString(method.getParameterTypes()));

    /**
     * @param methods as they are called on {@code bean}
     */
    private record Annotated(Object bean, Author author, Method[] methods) {

        boolean has(Class<? extends Annotation> annotation) {
            return Arrays.stream(methods).anyMatch(each -> each.isAnnotationPresent(annotation));
        }
    }

    private final ConfigurableListableBeanFactory beans;

    /** Found at the first question and not before: then all beans of the application are there. */
    private final SingletonSupplier<List<Annotated>> found = SingletonSupplier.of(this::find);

    AnnotatedBeans(ConfigurableListableBeanFactory beans) {
        this.beans = beans;
    }

    Stream<Authored<SyncToolSpecification>> tools() {
        return specifications(McpTool.class, each -> new Tools(each).getToolSpecifications());
    }

    Stream<Authored<SyncResourceSpecification>> resources() {
        return specifications(
                McpResource.class, each -> new Resources(each).getResourceSpecifications());
    }

    Stream<Authored<SyncResourceTemplateSpecification>> resourceTemplates() {
        return specifications(
                McpResource.class, each -> new Resources(each).getResourceTemplateSpecifications());
    }

    Stream<Authored<SyncPromptSpecification>> prompts() {
        return specifications(McpPrompt.class, each -> new Prompts(each).getPromptSpecifications());
    }

    Stream<Authored<SyncCompletionSpecification>> completions() {
        return specifications(
                McpComplete.class, each -> new Completions(each).getCompleteSpecifications());
    }

    private <S> Stream<Authored<S>> specifications(
            Class<? extends Annotation> annotation, Function<Annotated, List<S>> provider) {
        return found.obtain().stream()
                .filter(each -> each.has(annotation))
                .flatMap(each ->
                        provider.apply(each).stream()
                                .map(spec -> new Authored<>(spec, each.author)));
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
                annotated.add(new Annotated(bean, new Author(type, true), callable));
            }
        }
        return annotated;
    }

    /** The class that a developer wrote, proxies aside; null when it cannot be told. */
    private @Nullable Class<?> type(String name) {
        Class<?> type = AutoProxyUtils.determineTargetClass(beans, name);
        if (type == null) {
            return null;
        }
        // The class of such a proxy is known once there is one, so this makes no bean.
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
            // A class that refers to an optional one which is not there.
            log.atDebug().addKeyValue("type", type.getName()).setCause(e).log("not searched");
            return List.of();
        }
        return Arrays.stream(methods)
                .filter(method -> ANNOTATIONS.stream().anyMatch(method::isAnnotationPresent))
                .sorted(BY_SIGNATURE)
                .toList();
    }

    /**
     * @throws IllegalStateException when a call would go past the proxy of the bean, or cannot be
     *     made through it
     */
    private static Method callable(String name, Object bean, Method method) {
        Method callable = AopUtils.selectInvocableMethod(method, bean.getClass());
        boolean pastProxy = AopUtils.isAopProxy(bean) && Modifier.isFinal(callable.getModifiers());
        if (pastProxy || ANNOTATIONS.stream().noneMatch(callable::isAnnotationPresent)) {
            throw new IllegalStateException(
                    "Bean '%s' is behind a proxy through which its method %s() cannot be called: let the proxy be of the class, and the method not be final"
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

        /** None is turned into a result there, with the message of its root cause. */
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
