package io.springline.feature.result;

/** The outcome of one run of a resource handler. */
public sealed interface ResourceOutcome extends Outcome permits ResourceResult, InputRequired {}
