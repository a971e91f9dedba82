package io.springline.auth;

import io.springline.session.Caller;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Maps TLS client certificates to principals: the principal's name is the common name of the
 * certificate's subject. The TLS handshake has already verified the certificate.
 */
final class ClientCertificates {

    private final boolean accepted;
    private final Set<String> roles;

    /**
     * @param roles the roles of each principal with a certificate
     */
    ClientCertificates(boolean accepted, Set<String> roles) {
        this.accepted = accepted;
        this.roles = roles;
    }

    boolean areAccepted() {
        return accepted;
    }

    /** Returns the principal, or empty if the certificate has no common name or has expired. */
    Optional<Caller> find(X509Certificate certificate) {
        Instant expiresAt = certificate.getNotAfter().toInstant();
        return accepted && expiresAt.isAfter(Instant.now())
                ? commonName(certificate)
                        .filter(name -> !Caller.isReserved(name))
                        .map(name -> new Caller(name, roles, expiresAt))
                : Optional.empty();
    }

    private static Optional<String> commonName(X509Certificate certificate) {
        try {
            return new LdapName(certificate.getSubjectX500Principal().getName())
                    .getRdns().stream()
                            .filter(rdn -> rdn.getType().equalsIgnoreCase("CN"))
                            .map(Rdn::getValue)
                            .filter(String.class::isInstance)
                            .map(String.class::cast)
                            .reduce((_, last) -> last);
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }
}
