package io.springline.feature;

/** The outcome of one run of a resource handler. */
public sealed interface ResourceOutcome extends Outcome permits ResourceResult, InputRequired {}
