//! Certificates, keys and CAs whose text stands in the document. Files are none of our business: they are on Envoy's disk.
//!
//! Nothing of a secret is ever repeated: diagnostics about a pair of certificate and key never show its lines.

use super::x509::{Block, Certificate, Public, blocks, day, private_key};
use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::{Diagnostic, Span, codes, from_base64};

const PAIR: &str = "envoy.extensions.transport_sockets.tls.v3.TlsCertificate";
const VALIDATION: &str = "envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext";
const TICKETS: &str = "envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys";

/// The labels of certificates.
const CERTIFICATES: [&str; 3] = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];

pub(super) const RULES: &[Row] = &[(PAIR, &[both, pair]), (VALIDATION, &[trusted_ca]), (TICKETS, &[ticket_keys])];

/// What a data source holds, as far as it stands in the document.
enum Source {
    /// Nothing at all.
    Absent,
    /// Something on Envoy's side: a file, a variable.
    Elsewhere,
    Text(Vec<u8>),
}

fn source(view: &View<'_>, field: &str) -> Source {
    let Some(data) = view.message(field) else { return Source::Absent };
    if data.has("inline_string") {
        return data.text("inline_string").map_or(Source::Absent, |it| Source::Text(it.as_bytes().to_vec()));
    }
    if data.has("inline_bytes") {
        return match data.text("inline_bytes").map(|it| from_base64(it)) {
            Some(Some(bytes)) if !bytes.is_empty() => Source::Text(bytes),
            Some(None) => Source::Elsewhere,
            _ => Source::Absent,
        };
    }
    if data.tree.entries().is_empty() { Source::Absent } else { Source::Elsewhere }
}

impl Source {
    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    fn blocks(&self) -> Option<Vec<Block>> {
        match self {
            Self::Text(bytes) => Some(blocks(&String::from_utf8_lossy(bytes))),
            _ => None,
        }
    }
}

/// Reports without showing the line.
fn redacted(findings: &mut Findings<'_>, code: &'static str, span: Span, message: impl Into<String>, help: &str) {
    let fault = findings.fault(code, span, message);
    let fault = if help.is_empty() { fault } else { fault.help(help) };
    findings.push(Diagnostic { redacted: true, ..fault });
}

/// A certificate is of no use without its key, nor a key without its certificate.
fn both(view: &View<'_>, findings: &mut Findings<'_>) {
    let other = ["pkcs12", "private_key_provider"].into_iter().find(|it| view.has(it));
    if let (Some("pkcs12"), true) = (other, view.has("certificate_chain") || view.has("private_key")) {
        let message = "`pkcs12` holds certificate and key, and takes no others beside it";
        return redacted(findings, codes::HALF_A_PAIR, view.key_span("pkcs12"), message, "give the one or the other");
    }
    let given = view.has("certificate_chain") || view.has("private_key");
    if !given || other == Some("pkcs12") {
        return;
    }
    if source(view, "certificate_chain").is_absent() {
        let message = "a private key without its certificate";
        redacted(findings, codes::HALF_A_PAIR, view.key_span("private_key"), message, "add `certificate_chain`");
    }
    if source(view, "private_key").is_absent() && other.is_none() {
        let message = "a certificate without its private key";
        redacted(findings, codes::HALF_A_PAIR, view.key_span("certificate_chain"), message, "add `private_key`");
    }
}

fn pair(view: &View<'_>, findings: &mut Findings<'_>) {
    let span = view.span("certificate_chain");
    let chain = source(view, "certificate_chain").blocks().and_then(|it| chain(&it, span, findings));
    let key = source(view, "private_key").blocks().and_then(|it| key(&it, view, findings));
    let Some(first) = chain.as_ref().and_then(|it| it.first()) else { return };
    if let Some(weakness) = first.key.weakness() {
        redacted(findings, codes::WEAK_KEY, span, format!("the certificate has {weakness}"), "make a new one");
    }
    if key.is_some_and(|it| it.differs(&first.key)) {
        let message = "the private key is not that of the certificate";
        let help = "the first certificate of the chain must be the key's own, its signers follow";
        redacted(findings, codes::KEY_MISMATCH, view.span("private_key"), message, help);
    }
    for it in chain.iter().flatten() {
        validity(it, span, true, findings);
    }
    let unordered = chain.iter().flat_map(|it| it.windows(2)).any(|it| it[0].issuer != it[1].subject);
    if unordered {
        let message = "the certificates of the chain are not in order: each must be followed by its signer";
        redacted(findings, codes::CHAIN_ORDER, span, message, "own certificate first, then who signed it, and so on");
    }
}

/// The certificates of a chain; one that cannot be read is reported.
fn chain(blocks: &[Block], span: Span, findings: &mut Findings<'_>) -> Option<Vec<Certificate>> {
    let certificates: Vec<_> = blocks.iter().filter(|it| CERTIFICATES.contains(&&*it.label)).collect();
    let read: Option<Vec<_>> =
        certificates.iter().map(|it| Certificate::read(it.bytes.as_deref()?)).collect::<Option<_>>();
    let message = match read {
        Some(read) if !read.is_empty() => return Some(read),
        Some(_) => "there is no certificate in this text".to_owned(),
        None => "a certificate in this text cannot be read: it is cut off or damaged".to_owned(),
    };
    let help = "it takes PEM: lines of base64 between `-----BEGIN CERTIFICATE-----` and `-----END CERTIFICATE-----`";
    redacted(findings, codes::BAD_CERTIFICATE, span, message, help);
    None
}

fn key(blocks: &[Block], view: &View<'_>, findings: &mut Findings<'_>) -> Option<Public> {
    let block = blocks.iter().find(|it| it.label.ends_with("PRIVATE KEY"));
    let message = match block {
        None => "there is no private key in this text",
        Some(it) if it.encrypted && view.has("password") => return None,
        Some(it) if it.encrypted => "the private key is encrypted, and no `password` is given",
        Some(it) => match it.bytes.as_deref().and_then(|bytes| private_key(&it.label, bytes)) {
            Some(key) => return Some(key),
            None => "the private key cannot be read: it is cut off or damaged",
        },
    };
    let help = "it takes PEM: lines of base64 between `-----BEGIN PRIVATE KEY-----` and `-----END PRIVATE KEY-----`";
    redacted(findings, codes::BAD_KEY, view.span("private_key"), message, help);
    None
}

/// Envoy takes what has expired; whoever connects does not.
fn validity(certificate: &Certificate, span: Span, secret: bool, findings: &mut Findings<'_>) {
    const SOON: i64 = 14 * 86_400;
    let now = findings.now;
    findings.facts.is_dated = true;
    let (from, until) = (certificate.valid_from, certificate.valid_until);
    let (code, message) = match () {
        () if now == 0 => return,
        () if until < now => (codes::EXPIRED, format!("the certificate expired on {}", day(until))),
        () if from > now => (codes::EXPIRED, format!("the certificate is not valid before {}", day(from))),
        // Some live for days, and are renewed all the time.
        () if until - now < SOON && until - from > 2 * SOON => {
            (codes::EXPIRES_SOON, format!("the certificate expires on {}", day(until)))
        }
        () => return,
    };
    let fault = findings.fault(code, span, message).help("renew it");
    findings.push(Diagnostic { redacted: fault.redacted || secret, ..fault });
}

fn trusted_ca(view: &View<'_>, findings: &mut Findings<'_>) {
    let span = view.span("trusted_ca");
    let ca = source(view, "trusted_ca");
    if ca.is_absent() && view.has("trusted_ca") {
        findings.report(codes::BAD_CERTIFICATE, span, "`trusted_ca` is empty", "give it certificates, or take it out");
    }
    let Some(certificates) = ca.blocks().and_then(|it| chain(&it, span, findings)) else { return };
    for it in &certificates {
        validity(it, span, false, findings);
        // One that signed itself is pinned: that works, whatever it says of itself.
        if it.is_ca == Some(false) && it.issuer != it.subject {
            let message = "a trusted certificate that may not sign others";
            let help = "put the certificate of its signer here; only the very certificate itself would be trusted";
            findings.report(codes::NOT_A_CA, span, message, help);
            return;
        }
    }
}

fn ticket_keys(view: &View<'_>, findings: &mut Findings<'_>) {
    const LENGTH: usize = 80;
    for it in view.messages("keys") {
        let key = View::new(it.tree, it.message.clone());
        let length = match (key.text("inline_string"), key.text("inline_bytes").map(|it| from_base64(it))) {
            (Some(text), _) => text.len(),
            (None, Some(Some(bytes))) => bytes.len(),
            _ => continue,
        };
        if length != LENGTH {
            let message = format!("a session ticket key has {LENGTH} bytes, not {length}");
            redacted(findings, codes::TICKET_KEY_LENGTH, it.start(), message, "make one with `openssl rand 80`");
        }
    }
}
