package io.springline.feature;

import io.springline.session.Backplane;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(FeatureProperties.class)
class FeatureConfiguration {

    @Bean
    Tools tools(Backplane backplane, FeatureProperties properties) {
        return new Tools(backplane, properties.pageSize());
    }

    @Bean
    Prompts prompts(Backplane backplane, FeatureProperties properties) {
        return new Prompts(backplane, properties.pageSize());
    }

    @Bean
    Resources resources(Backplane backplane, FeatureProperties properties) {
        return new Resources(backplane, properties.pageSize());
    }

    @Bean
    Completions completions(Prompts prompts, Resources resources) {
        return new Completions(prompts, resources);
    }

    @Bean
    Features features(
            Tools tools,
            Resources resources,
            Prompts prompts,
            Completions completions,
            FeatureProperties properties) {
        return new Features(tools, resources, prompts, completions, properties.instructions());
    }

    /**
     * Late, so that beans which offer features may themselves depend on {@link Tools} and the like.
     */
    @Bean
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
