package com.example;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application without security, which would run on Tomcat. */
@SpringBootApplication
@RestController
public class Shop {

    public static void main(String[] args) {
        SpringApplication.run(Shop.class, args);
    }

    @GetMapping("/hello")
    String hello() {
        return "hello";
    }

    @Component("tools")
    static class Prices {

        @McpTool(name = "price", description = "The price of an article")
        public String price(String article) {
            return article + " costs 3";
        }
    }
}
