/** The application. Each package below says what it owns, relies on and never does. */
@NullMarked
package io.springline;

import org.jspecify.annotations.NullMarked;
