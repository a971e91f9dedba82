package io.springline.transport.websocket.jetty;

import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.jetty.JettyServerCustomizer;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;

/**
 * Reloads a TLS certificate that has changed, which Boot does not do for Jetty. New connections get
 * the new certificate; open ones keep theirs.
 */
public final class TlsReload implements JettyServerCustomizer {

    private static final Logger log = LoggerFactory.getLogger(TlsReload.class);

    private final SslBundles bundles;
    private final String bundle;

    /**
     * @param bundle name of the server's SSL bundle
     */
    public TlsReload(SslBundles bundles, String bundle) {
        this.bundles = bundles;
        this.bundle = bundle;
    }

    @Override
    public void customize(Server server) {
        for (Connector connector : server.getConnectors()) {
            var tls = connector.getConnectionFactory(SslConnectionFactory.class);
            if (tls != null) {
                SslContextFactory.Server context = tls.getSslContextFactory();
                bundles.addBundleUpdateHandler(bundle, changed -> reload(context, changed));
            }
        }
    }

    private void reload(SslContextFactory.Server context, SslBundle changed) {
        try {
            context.reload(factory -> {
                factory.setKeyStore(changed.getStores().getKeyStore());
                factory.setTrustStore(changed.getStores().getTrustStore());
            });
            log.atInfo()
                    .addKeyValue("bundle", bundle)
                    .log("The TLS certificate was reloaded. New connections get the new one");
        } catch (Exception e) {
            log.atError()
                    .addKeyValue("bundle", bundle)
                    .setCause(e)
                    .log(
                            "The TLS certificate could not be reloaded. The previous one stays in use");
        }
    }
}
