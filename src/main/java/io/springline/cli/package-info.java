/** The commands of the command line. Relies on {@code client}. Does not start the service. */
@NullMarked
package io.springline.cli;

import org.jspecify.annotations.NullMarked;
