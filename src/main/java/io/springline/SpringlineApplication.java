package io.springline;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The Model Context Protocol over WebSocket. */
@SpringBootApplication
public class SpringlineApplication {

    public static void main(String[] args) {
        SpringApplication.run(SpringlineApplication.class, args);
    }
}
