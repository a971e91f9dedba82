package io.springline;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;

/** The Model Context Protocol over WebSocket. */
@SpringBootApplication(exclude = UserDetailsServiceAutoConfiguration.class)
public class SpringlineApplication {

    public static void main(String[] args) {
        SpringApplication.run(SpringlineApplication.class, args);
    }
}
