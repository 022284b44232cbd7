//! TLS on both sides, and the certificates in it.

use super::super::shape::Shape::{Boolean, Choice, List, Object, Secret, Short, Text};
use super::super::shape::object;

/// TLS versions, as people and as Envoy say them.
const VERSIONS: &[(&str, &str)] = &[("1.0", "TLSv1_0"), ("1.1", "TLSv1_1"), ("1.2", "TLSv1_2"), ("1.3", "TLSv1_3")];

object! {
    /// TLS between clients and Envoy.
    DOWNSTREAM_TLS: "downstream TLS", "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
    certificate required: Object(&CERTIFICATE), "The certificate that Envoy shows";
    client_ca: Object(&CA), "Who must have signed a client's certificate";
    require_client_certificate: Boolean => "require_client_certificate", "Refuse clients without a certificate; `true` if `client_ca` is given";
    verify_names: List(&Short("exact", &NAME)), "Names, one of which must stand in the client's certificate";
    alpn: List(&Text) => "common_tls_context.alpn_protocols", "Protocols to offer; for HTTP listeners by default what the codec speaks";
    min_version: Choice(VERSIONS) => "common_tls_context.tls_params.tls_minimum_protocol_version", "Lowest TLS version";
    max_version: Choice(VERSIONS) => "common_tls_context.tls_params.tls_maximum_protocol_version", "Highest TLS version";
    cipher_suites: List(&Text) => "common_tls_context.tls_params.cipher_suites", "Cipher suites for TLS 1.2 and below";
    session_ticket_keys: Object(&REFERENCE), "The secret with keys for session tickets";
}

object! {
    /// TLS between Envoy and a cluster.
    UPSTREAM_TLS: "upstream TLS", "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
    sni: Text => "sni", "The server name to ask for; by default the endpoints' host name, if all have the same";
    ca: Object(&CA), "Who must have signed the server's certificate; without it nothing is verified";
    verify_names: List(&Short("exact", &NAME)), "Names, one of which must stand in the server's certificate; with `ca`, by default the `sni`";
    certificate: Object(&CERTIFICATE), "The client certificate that Envoy shows";
    alpn: List(&Text) => "common_tls_context.alpn_protocols", "Protocols to offer; by default what the cluster's protocol needs";
    min_version: Choice(VERSIONS) => "common_tls_context.tls_params.tls_minimum_protocol_version", "Lowest TLS version";
    max_version: Choice(VERSIONS) => "common_tls_context.tls_params.tls_maximum_protocol_version", "Highest TLS version";
    cipher_suites: List(&Text) => "common_tls_context.tls_params.cipher_suites", "Cipher suites for TLS 1.2 and below";
}

object! {
    /// A certificate with its key: two files, two texts, or a secret.
    CERTIFICATE: "a certificate", "envoy.extensions.transport_sockets.tls.v3.TlsCertificate";
    @one_of [cert_file cert] [key_file key];
    secret: Text, "The name of a secret, fetched by SDS";
    cert_file: Text => "certificate_chain.filename", "Path of the certificate chain, in PEM, on Envoy's machine";
    key_file: Text => "private_key.filename", "Path of the private key, in PEM, on Envoy's machine";
    cert: Text => "certificate_chain.inline_string", "The certificate chain itself, in PEM";
    key: Secret => "private_key.inline_string", "The private key itself, in PEM";
    watched_directory: Text => "watched_directory.path", "A directory whose moves mean that the files have changed";
}

object! {
    /// CA certificates: a file, a text, or a secret.
    CA: "a CA", "envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext";
    @one_of [file inline];
    secret: Text, "The name of a secret, fetched by SDS";
    file: Text => "trusted_ca.filename", "Path of the CA certificates, in PEM, on Envoy's machine";
    inline: Text => "trusted_ca.inline_string", "The CA certificates themselves, in PEM";
    watched_directory: Text => "watched_directory.path", "A directory whose moves mean that the file has changed";
}

object! {
    /// A name in a certificate.
    NAME: "a name to verify", "envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher";
    @one_of [exact prefix suffix regex];
    exact: Text => "matcher.exact", "The whole name";
    prefix: Text => "matcher.prefix", "How the name starts";
    suffix: Text => "matcher.suffix", "How the name ends";
    regex: Text => "matcher.safe_regex.regex", "A regular expression for the whole name";
    kind: Choice(&[("dns", "DNS"), ("uri", "URI"), ("email", "EMAIL"), ("ip", "IP_ADDRESS")]) => "san_type", "The kind of name; `dns` by default, `uri` for SPIFFE names";
}

object! {
    /// A reference to a secret.
    REFERENCE: "a reference to a secret", "";
    secret required: Text, "The name of a secret, fetched by SDS";
}
