package com.example;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application with a login for all of its paths. */
@SpringBootApplication
@RestController
public class Portal {

    public static void main(String[] args) {
        SpringApplication.run(Portal.class, args);
    }

    @GetMapping("/hello")
    String hello() {
        return "hello";
    }

    @Bean
    @Order(1)
    SecurityFilterChain everything(HttpSecurity http) throws Exception {
        return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .httpBasic(Customizer.withDefaults())
                .build();
    }

    @Component("tools")
    static class Prices {

        @McpTool(name = "price", description = "The price of an article")
        public String price(String article) {
            return article + " costs 3";
        }
    }
}
