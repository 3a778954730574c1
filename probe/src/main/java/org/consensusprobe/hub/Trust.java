package org.consensusprobe.hub;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.consensusprobe.common.Problem;

/**
 * Which certificate authorities a server of https may be vouched for by: those of the file or folder that
 * {@code REQUESTS_CA_BUNDLE}, {@code CURL_CA_BUNDLE}, {@code SSL_CERT_FILE} or {@code SSL_CERT_DIR} names, and as in Python then
 * no others; else Java's and the machine's.
 *
 * @param variable the variable that names authorities, the first of these that is set
 * @param named what it names
 */
public record Trust(Optional<String> variable, Optional<String> named) {
    private static final List<String> VARIABLES =
            List.of("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR");

    /** Where systems keep the bundle of their authorities: Debian, Fedora, SUSE, older Red Hat, Alpine and macOS. */
    private static final List<Path> MACHINE = List.of(
            Path.of("/etc/ssl/certs/ca-certificates.crt"),
            Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
            Path.of("/etc/ssl/ca-bundle.pem"),
            Path.of("/etc/pki/tls/cacert.pem"),
            Path.of("/etc/ssl/cert.pem"));

    /** Windows' and macOS' own stores, where Java has them. */
    private static final List<String> STORES = List.of("Windows-ROOT", "KeychainStore");

    private static final long LARGEST_BUNDLE = 16L << 20;
    private static final Pattern CERTIFICATE =
            Pattern.compile("-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----");

    static Trust from(Map<String, String> environment) {
        Optional<String> variable = VARIABLES.stream()
                .filter(name -> !environment.getOrDefault(name, "").isBlank())
                .findFirst();
        return new Trust(variable, variable.map(environment::get));
    }

    /**
     * What connections are opened with.
     *
     * @throws Problem if the variable names nothing that can be used
     */
    SSLContext context() {
        return context(MACHINE);
    }

    /** As {@link #context()}, with the machine's bundle in the first of these files. */
    SSLContext context(List<Path> machine) {
        try {
            Collection<X509Certificate> authorities = named.isPresent() ? ofVariable() : ofMachine(machine);
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int i = 0;
            for (X509Certificate authority : authorities) {
                store.setCertificateEntry("authority-" + i++, authority);
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers(store), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw Problem.failed(e, "Certificate authorities cannot be read: %s.", e.getMessage());
        }
    }

    /** Where authorities were looked for, for messages. */
    String place() {
        return variable.map(v -> named.orElseThrow() + ", which " + v + " names")
                .orElse("Java's and the machine's authorities");
    }

    private Collection<X509Certificate> ofVariable() throws IOException {
        Path path = path();
        List<X509Certificate> authorities = new ArrayList<>();
        if (Files.isDirectory(path)) {
            try (Stream<Path> files = Files.list(path)) {
                for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                    authorities.addAll(read(file));
                }
            }
        } else if (Files.isRegularFile(path)) {
            authorities.addAll(read(path));
        }
        if (authorities.isEmpty()) {
            throw Problem.input(
                    "%s is '%s': %s; expected certificates of authorities in PEM form (-----BEGIN CERTIFICATE-----).",
                    variable.orElseThrow(),
                    named.orElseThrow(),
                    Files.exists(path) ? "no certificate is in it" : "no such file or folder");
        }
        return authorities;
    }

    private Path path() {
        try {
            return Path.of(named.orElseThrow());
        } catch (InvalidPathException e) {
            throw Problem.input(e, "%s is '%s': this is no path on this machine.", variable.get(), named.get());
        }
    }

    private static Collection<X509Certificate> ofMachine(List<Path> machine)
            throws GeneralSecurityException, IOException {
        List<X509Certificate> authorities = new ArrayList<>();
        for (TrustManager manager : managers(null)) {
            if (manager instanceof X509TrustManager x509) {
                authorities.addAll(Arrays.asList(x509.getAcceptedIssuers()));
            }
        }
        Optional<Path> bundle = machine.stream().filter(Files::isReadable).findFirst();
        if (bundle.isPresent()) {
            authorities.addAll(read(bundle.get()));
        }
        for (String type : STORES) {
            authorities.addAll(ofStore(type));
        }
        return authorities;
    }

    private static Collection<X509Certificate> ofStore(String type) {
        List<X509Certificate> authorities = new ArrayList<>();
        try {
            KeyStore store = KeyStore.getInstance(type);
            store.load(null, null);
            for (String alias : java.util.Collections.list(store.aliases())) {
                if (store.getCertificate(alias) instanceof X509Certificate certificate) {
                    authorities.add(certificate);
                }
            }
        } catch (GeneralSecurityException | IOException e) {
            return List.of(); // another system
        }
        return authorities;
    }

    private static TrustManager[] managers(KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    /** The certificates of a file; what else it holds, and one that Java cannot read, is passed over. */
    private static Collection<X509Certificate> read(Path file) throws IOException {
        List<X509Certificate> certificates = new ArrayList<>();
        if (Files.size(file) > LARGEST_BUNDLE) {
            return certificates;
        }
        Matcher block = CERTIFICATE.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        while (block.find()) {
            try {
                certificates.add((X509Certificate) CertificateFactory.getInstance("X.509")
                        .generateCertificate(
                                new ByteArrayInputStream(block.group().getBytes(StandardCharsets.US_ASCII))));
            } catch (CertificateException e) {
                // old authorities with odd encodings are in many bundles
            }
        }
        return certificates;
    }
}
