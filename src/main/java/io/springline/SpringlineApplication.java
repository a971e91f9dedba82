package io.springline;

import io.springline.cli.Commands;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;

/**
 * The Model Context Protocol over WebSocket: the service, or with {@code call}, {@code list},
 * {@code ping} or {@code bridge} a client of it.
 */
@SpringBootApplication(exclude = UserDetailsServiceAutoConfiguration.class)
public class SpringlineApplication {

    public static void main(String[] args) {
        if (args.length > 0 && Commands.isCommand(args[0])) {
            System.exit(Commands.run(args));
        }
        SpringApplication.run(SpringlineApplication.class, args);
    }
}
