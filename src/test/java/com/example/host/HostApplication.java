package com.example.host;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.security.core.session.SessionRegistry;
import org.springframework.security.core.session.SessionRegistryImpl;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * An application of somebody else, which embeds Springline. It is outside Springline's packages.
 */
@SpringBootConfiguration
@EnableAutoConfiguration
@Import({HostApplication.Weather.class, HostApplication.Pages.class, HostApplication.Chores.class})
public class HostApplication {

    /** Beans whose names Springline might have taken. */
    @Bean
    Map<String, String> tools() {
        return Map.of();
    }

    @Bean
    StringBuilder resources() {
        return new StringBuilder();
    }

    @Bean
    StringBuilder connections() {
        return new StringBuilder();
    }

    /** Named as in the documentation of Spring Security. */
    @Bean
    SessionRegistry sessionRegistry() {
        return new SessionRegistryImpl();
    }

    @Bean
    StringBuilder taskStore() {
        return new StringBuilder();
    }

    @Component
    static class Weather {

        @McpTool(name = "weather", description = "The weather in a city")
        public String weather(String city) {
            return "sunny in " + city;
        }
    }

    @RestController
    static class Pages {

        @GetMapping("/hello")
        String hello() {
            return "hello";
        }
    }

    /** Runs only where the application itself has switched on scheduling. */
    @Component
    public static class Chores {

        public final AtomicReference<String> thread = new AtomicReference<>();

        @Scheduled(fixedDelay = 10)
        void work() {
            thread.set(Thread.currentThread().getName());
        }
    }
}
