/**
 * URI templates: whether a URI, or another template, matches. Relies on RE2/J. Never reads a
 * resource.
 */
@NullMarked
package io.springline.feature.uri;

import org.jspecify.annotations.NullMarked;
