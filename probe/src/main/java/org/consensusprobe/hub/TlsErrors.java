package org.consensusprobe.hub;

import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.consensusprobe.common.Shown;

/** Why a connection of https is not trusted, in words, and what to do about it. */
final class TlsErrors {
    private TlsErrors() {}

    /** Whether a failure is one of TLS, on whatever level it is wrapped. */
    static boolean isTls(Throwable e) {
        return find(e, SSLException.class).isPresent();
    }

    /** The reason, to follow {@code no trusted connection: }. */
    static String reason(Throwable e, Trust trust) {
        Optional<CertificateExpiredException> expired = find(e, CertificateExpiredException.class);
        if (expired.isPresent()) {
            return "its certificate has expired (" + text(expired.get()) + "). Is this machine's clock right?";
        }
        Optional<CertificateNotYetValidException> early = find(e, CertificateNotYetValidException.class);
        if (early.isPresent()) {
            return "its certificate is not valid yet (" + text(early.get()) + "). Is this machine's clock right?";
        }
        String all = messages(e);
        if (all.contains("unable to find valid certification path") || all.contains("trustAnchors")) {
            return "its certificate is signed by an authority that is not known here (looked in " + trust.place()
                    + ")." + System.lineSeparator()
                    + "Behind a proxy or in an institute with an authority of its own, name its certificate:"
                    + " SSL_CERT_FILE=/path/to/authority.pem";
        }
        if (all.contains("subject alternative") || all.contains("No name matching")) {
            return "its certificate is for another host (" + text(deepest(e)) + ").";
        }
        if (all.toLowerCase(Locale.ROOT).contains("unrecognized ssl message")) {
            return "it does not speak https.";
        }
        return text(deepest(e)) + ".";
    }

    private static <T extends Throwable> Optional<T> find(Throwable e, Class<T> kind) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (kind.isInstance(t)) {
                return Optional.of(kind.cast(t));
            }
        }
        return Optional.empty();
    }

    private static String messages(Throwable e) {
        StringBuilder all = new StringBuilder();
        for (Throwable t = e; t != null; t = t.getCause()) {
            all.append(t.getMessage()).append('\n');
        }
        return all.toString();
    }

    private static Throwable deepest(Throwable e) {
        return e.getCause() == null ? e : deepest(e.getCause());
    }

    private static String text(Throwable e) {
        return Shown.text(String.valueOf(e.getMessage()));
    }
}
