/** The command line. Relies on {@code client}. Never starts the service. */
@NullMarked
package io.springline.cli;

import org.jspecify.annotations.NullMarked;
