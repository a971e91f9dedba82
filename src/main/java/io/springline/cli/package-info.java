/**
 * The command line: {@code call}, {@code list} and {@code ping} for people and scripts, {@code
 * bridge} for hosts. Relies on {@code client} and {@code jsonrpc}, and on picocli; starts no
 * Spring.
 */
@ApplicationModule(allowedDependencies = {"client", "jsonrpc"})
@NullMarked
package io.springline.cli;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
