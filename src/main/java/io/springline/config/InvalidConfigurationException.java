package io.springline.config;

/**
 * The service cannot start with its configuration. Spring Boot reports it as "APPLICATION FAILED TO
 * START" with a description and an action, without a stack trace.
 */
public final class InvalidConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    /**
     * @param description what is wrong and where: names the property, file or key; never a secret
     * @param action what to do about it
     */
    public InvalidConfigurationException(String description, String action) {
        super(description);
        this.action = action;
    }

    String action() {
        return action;
    }
}
