package io.springline.feature.endpoint;

import io.springline.feature.Completion;
import io.springline.feature.FeatureSource;
import io.springline.feature.Prompt;
import io.springline.feature.Resource;
import io.springline.feature.ResourceTemplate;
import io.springline.feature.Tool;
import io.springline.session.Backplane;
import io.springline.session.McpSession;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Registers all feature beans at the main endpoint. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(FeatureProperties.class)
class FeatureConfiguration {

    @Bean("springlineFeaturesFactory")
    FeaturesFactory featuresFactory(
            Backplane backplane, FeatureProperties properties, ToolCallInterceptor interceptor) {
        return (endpoint, instructions) ->
                Features.empty(
                        endpoint, backplane, properties.pageSize(), instructions, interceptor);
    }

    @Bean("springlineFeatures")
    Features features(FeaturesFactory factory, FeatureProperties properties) {
        return factory.create(McpSession.MAIN_ENDPOINT, properties.instructions());
    }

    @Bean("springlineTools")
    Tools tools(Features features) {
        return features.tools();
    }

    @Bean("springlinePrompts")
    Prompts prompts(Features features) {
        return features.prompts();
    }

    @Bean("springlineResources")
    Resources resources(Features features) {
        return features.resources();
    }

    @Bean("springlineCompletions")
    Completions completions(Features features) {
        return features.completions();
    }

    /**
     * Registers features after all singletons exist, so that beans that offer features may depend
     * on {@link Tools} and the like.
     */
    @Bean("springlineFeatureRegistration")
    SmartInitializingSingleton featureRegistration(
            Features features,
            ObjectProvider<FeatureSource> sources,
            ObjectProvider<Tool> tools,
            ObjectProvider<Prompt> prompts,
            ObjectProvider<Resource> resources,
            ObjectProvider<ResourceTemplate> templates,
            ObjectProvider<Completion> completions) {
        return () -> {
            features.tools().add(tools.orderedStream().toList());
            features.prompts().add(prompts.orderedStream().toList());
            features.resources().add(resources.orderedStream().toList());
            features.resources().addTemplates(templates.orderedStream().toList());
            features.completions().add(completions.orderedStream().toList());
            sources.orderedStream().forEach(source -> register(source, features));
        };
    }

    private static void register(FeatureSource source, Features features) {
        features.tools().add(source.tools());
        features.prompts().add(source.prompts());
        features.resources().add(source.resources());
        features.resources().addTemplates(source.resourceTemplates());
        features.completions().add(source.completions());
    }
}
