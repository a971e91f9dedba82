package io.springline.config;

/**
 * Thrown if the service cannot start with its configuration. Spring Boot reports "APPLICATION
 * FAILED TO START" with a description and an action, without a stack trace.
 */
public final class InvalidConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    /**
     * @param description the property, file or key, and what is wrong with it; must not contain a
     *     secret
     * @param action what the operator should do
     */
    public InvalidConfigurationException(String description, String action) {
        super(description);
        this.action = action;
    }

    String action() {
        return action;
    }
}
