//! TLS contexts: which parts of them go together, and the names of versions, ciphers and curves.
//!
//! Leaves to `certificates` what stands in certificates and keys.

use super::ciphers::CIPHERS;
use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::{Tree, codes};

const DOWNSTREAM: &str = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
const UPSTREAM: &str = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
const PARAMETERS: &str = "envoy.extensions.transport_sockets.tls.v3.TlsParameters";
const VALIDATION: &str = "envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext";
const COMMON: &str = "envoy.extensions.transport_sockets.tls.v3.CommonTlsContext";
const SECRET: &str = "envoy.extensions.transport_sockets.tls.v3.Secret";

pub(super) const RULES: &[Row] = &[
    (DOWNSTREAM, &[own_certificate, clients]),
    (UPSTREAM, &[one_certificate, server]),
    (PARAMETERS, &[versions, ciphers, curves]),
    (VALIDATION, &[hashes]),
    (COMMON, &[names_need_ca, protocols]),
    (SECRET, &[empty_secret]),
];

/// Where a context's certificates can come from.
const PROVIDERS: &[&str] = &[
    "tls_certificate_certificate_provider_instance",
    "tls_certificate_provider_instance",
    "tls_certificate_certificate_provider",
    "custom_tls_certificate_selector",
    "custom_handshaker",
];

/// Where a context's validation can come from.
const VALIDATIONS: &[&str] = &[
    "validation_context",
    "validation_context_sds_secret_config",
    "combined_validation_context",
    "validation_context_certificate_provider",
    "validation_context_certificate_provider_instance",
    "custom_handshaker",
];

/// What BoringSSL calls its groups.
const GROUPS: &[&str] = &[
    "P-256",
    "P-384",
    "P-521",
    "X25519",
    "X25519MLKEM768",
    "MLKEM1024",
    "prime256v1",
    "secp384r1",
    "secp521r1",
    "x25519",
];

fn has_any(view: &View<'_>, fields: &[&str]) -> bool {
    fields.iter().any(|it| view.has(it))
}

fn own_certificate(view: &View<'_>, findings: &mut Findings<'_>) {
    let common = view.message("common_tls_context");
    let has = |field: &str| common.as_ref().is_some_and(|it| !it.items(field).is_empty());
    let (inline, by_sds) = (has("tls_certificates"), has("tls_certificate_sds_secret_configs"));
    let other = common.as_ref().is_some_and(|it| has_any(it, PROVIDERS));
    if inline && by_sds {
        let message = "certificates in the listener and certificates by SDS cannot be mixed";
        let span = common.map_or(view.start(), |it| it.key_span("tls_certificate_sds_secret_configs"));
        findings.report(codes::CERTIFICATES_MIXED, span, message, "choose one: `tls_certificates` or SDS");
    } else if !inline && !by_sds && !other {
        let message = "a TLS server without a certificate";
        let help = "add `tls_certificates` or `tls_certificate_sds_secret_configs` to `common_tls_context`";
        findings.report(codes::NO_CERTIFICATE, view.start(), message, help);
    }
}

/// To demand certificates and look at none of them protects nothing.
fn clients(view: &View<'_>, findings: &mut Findings<'_>) {
    let common = view.message("common_tls_context");
    if view.flag("require_client_certificate") && !common.is_some_and(|it| has_any(&it, VALIDATIONS)) {
        let message = "client certificates are demanded, and any certificate will do";
        let help = "add `validation_context` with a `trusted_ca` to `common_tls_context`";
        findings.report(codes::CLIENTS_UNVERIFIED, view.key_span("require_client_certificate"), message, help);
    }
}

fn one_certificate(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(common) = view.message("common_tls_context") else { return };
    for field in ["tls_certificates", "tls_certificate_sds_secret_configs"] {
        if common.items(field).len() > 1 {
            let message = "more than one client certificate: Envoy would not know which one to show";
            findings.report(codes::CERTIFICATES_MIXED, common.key_span(field), message, "give one of them");
        }
    }
}

/// Whom a client talks to.
fn server(view: &View<'_>, findings: &mut Findings<'_>) {
    let common = view.message("common_tls_context");
    let validated = common.as_ref().is_some_and(|it| has_any(it, VALIDATIONS));
    if view.flag("auto_sni_san_validation") {
        let inline = common.as_ref().and_then(|it| it.message("validation_context"));
        if !validated || inline.is_some_and(|it| !has_any(&it, &["trusted_ca", "ca_certificate_provider_instance"])) {
            let message = "`auto_sni_san_validation` without a trusted CA";
            let help = "add `validation_context` with a `trusted_ca` to `common_tls_context`";
            findings.report(codes::NAMES_WITHOUT_CA, view.key_span("auto_sni_san_validation"), message, help);
        }
    }
    if !validated {
        let message = "nobody looks at the server's certificate: whoever answers is trusted";
        let help = "add `validation_context` with a `trusted_ca` to `common_tls_context`";
        findings.report(codes::SERVER_UNVERIFIED, view.start(), message, help);
    }
    if !has_any(view, &["sni", "auto_host_sni"]) {
        let message = "no `sni`: a server with several certificates cannot know which one to show";
        findings.report(codes::NO_SNI, view.start(), message, "set `sni` to the server's host name");
    }
}

fn versions(view: &View<'_>, findings: &mut Findings<'_>) {
    let (least, most) = (view.choice("tls_minimum_protocol_version"), view.choice("tls_maximum_protocol_version"));
    if least > most && most != 0 {
        let message = "the least TLS version is above the greatest: no connection can be made";
        findings.report(codes::TLS_VERSIONS, view.span("tls_minimum_protocol_version"), message, "exchange them");
    }
}

fn ciphers(view: &View<'_>, findings: &mut Findings<'_>) {
    let items = view.items("cipher_suites");
    let names = |item: &Tree| item.text().cloned().unwrap_or_default();
    for item in items {
        let text = names(item);
        let unknown = text.split([':', '[', ']', '|', '+']).find(|it| !it.is_empty() && !is_cipher(it));
        if let Some(name) = unknown {
            let message = format!("Envoy has no cipher suite `{name}`");
            let help = "one item each, such as ECDHE-ECDSA-AES128-GCM-SHA256 or ECDHE-RSA-CHACHA20-POLY1305";
            findings.report(codes::UNKNOWN_CIPHER, item.span, message, help);
        }
    }
    let of_tls13 = |it: &Tree| names(it).starts_with("TLS_AES_") || names(it).starts_with("TLS_CHACHA20_");
    if !items.is_empty() && items.iter().all(of_tls13) {
        let message = "none of these cipher suites is one of TLS 1.2: there is nothing to choose in TLS 1.3";
        let help = "take them out; for TLS 1.3 alone, set `tls_minimum_protocol_version: TLSv1_3`";
        findings.report(codes::UNKNOWN_CIPHER, view.key_span("cipher_suites"), message, help);
    }
}

/// Whether BoringSSL knows a cipher, or a group of ciphers, of this name.
fn is_cipher(name: &str) -> bool {
    let name = name.trim_start_matches(['!', '-', '@']);
    CIPHERS.contains(&name) || name == "STRENGTH"
}

fn curves(view: &View<'_>, findings: &mut Findings<'_>) {
    for item in view.items("ecdh_curves") {
        let unknown = item.text().and_then(|it| it.split(':').find(|it| !GROUPS.contains(it)));
        if let Some(name) = unknown {
            let message = format!("Envoy has no curve `{name}`");
            findings.report(codes::UNKNOWN_CURVE, item.span, message, "P-256, P-384, P-521, X25519, X25519MLKEM768");
        }
    }
}

/// A name is only worth something if somebody trusted signed it. Within a secret, or beside one, the CA may come from
/// the other part.
fn names_need_ca(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(validation) = view.message("validation_context") else { return };
    if has_any(&validation, &["trusted_ca", "ca_certificate_provider_instance", "custom_validator_config"]) {
        return;
    }
    for (field, what) in [
        ("match_typed_subject_alt_names", "names are verified"),
        ("match_subject_alt_names", "names are verified"),
        ("crl", "revoked certificates are listed"),
    ] {
        if !validation.items(field).is_empty() {
            let message = format!("{what} without a trusted CA");
            findings.report(codes::NAMES_WITHOUT_CA, validation.key_span(field), message, "add `trusted_ca`");
        }
    }
}

/// Hashes of certificates, as hexadecimal or in base64.
fn hashes(view: &View<'_>, findings: &mut Findings<'_>) {
    for item in view.items("verify_certificate_hash") {
        let digits: Option<String> = item.text().map(|it| it.replace(':', ""));
        if digits.is_some_and(|it| it.len() != 64 || !it.bytes().all(|it| it.is_ascii_hexdigit())) {
            let message = "`verify_certificate_hash` takes a SHA-256 in 64 hexadecimal digits";
            let help = "`openssl x509 -outform DER | openssl dgst -sha256` makes one";
            findings.report(codes::CERTIFICATE_HASH, item.span, message, help);
        }
    }
    for item in view.items("verify_certificate_spki") {
        if item.text().and_then(|it| crate::spec::from_base64(it)).is_some_and(|it| it.len() != 32) {
            let message = "`verify_certificate_spki` takes a SHA-256 in base64, 44 characters";
            findings.report(codes::CERTIFICATE_HASH, item.span, message, "");
        }
    }
}

/// Protocols are a list, one item each.
fn protocols(view: &View<'_>, findings: &mut Findings<'_>) {
    for item in view.items("alpn_protocols") {
        let Some(text) = item.text() else { continue };
        if text.contains([',', ' ']) {
            let message = format!("`{text}` is taken for the name of one protocol");
            findings.report(codes::ALPN_LIST, item.span, message, "give each its own item: `[h2, http/1.1]`");
        } else if text.len() > 255 {
            findings.report(codes::ALPN_LENGTH, item.span, "an ALPN protocol has at most 255 characters", "");
        }
    }
}

fn empty_secret(view: &View<'_>, findings: &mut Findings<'_>) {
    const KINDS: &[&str] = &["tls_certificate", "session_ticket_keys", "validation_context", "generic_secret"];
    if !has_any(view, KINDS) {
        let message = "a secret that holds nothing";
        let help = "add `tls_certificate`, `validation_context`, `session_ticket_keys` or `generic_secret`";
        findings.report(codes::EMPTY_SECRET, view.start(), message, help);
    }
}
