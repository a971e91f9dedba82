package io.springline.conformance;

import io.springline.feature.FeatureSource;
import io.springline.feature.endpoint.Prompts;
import io.springline.feature.endpoint.Tools;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Registers the fixtures before all other features: the suite calls the first tool without
 * arguments and reads the first resource.
 */
@Configuration(proxyBeanMethods = false)
@Profile("conformance")
class ConformanceConfiguration {

    private static final int FIRST = Ordered.HIGHEST_PRECEDENCE;

    @Bean
    @Order(FIRST)
    FeatureSource contentTools() {
        return new ContentTools();
    }

    @Bean
    @Order(FIRST + 1)
    FeatureSource notifyingTools(Tools tools, Prompts prompts) {
        return new NotifyingTools(tools, prompts);
    }

    @Bean
    @Order(FIRST + 2)
    FeatureSource askingTools() {
        return new AskingTools();
    }

    @Bean
    @Order(FIRST + 3)
    FeatureSource inputRequiredTools() {
        return new InputRequiredTools();
    }

    @Bean
    @Order(FIRST + 4)
    FeatureSource blackBoxTools() {
        return new BlackBoxTools();
    }

    @Bean
    @Order(FIRST + 5)
    FeatureSource fixedResources() {
        return new FixedResources();
    }

    @Bean
    @Order(FIRST + 6)
    FeatureSource fixedPrompts() {
        return new FixedPrompts();
    }

    @Bean
    @Order(FIRST + 7)
    FeatureSource taskTools() {
        return new TaskTools();
    }
}
