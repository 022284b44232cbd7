//! Whether a resource can be delivered: its size, and its name.
//!
//! Leaves to `resource` how it is encoded, and to `subscription` how a stream splits what can be split.

use super::facts::Profile;
use crate::resource::ResourceType;
use crate::spec::{Diagnostic, Diagnostics, Span, Text, codes, mend};

/// What is looked at of a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivered<'a> {
    pub(crate) kind: &'a ResourceType,
    pub(crate) name: &'a str,
    pub(crate) span: Span,
    /// The bytes of its largest encoding.
    pub(crate) size: usize,
    pub(crate) profile: Profile,
}

/// Reports what stands in the way of a resource.
pub(crate) fn delivery(it: Delivered<'_>, text: &Text, out: &mut Diagnostics) {
    /// What a gRPC client takes in one message, unless it is told otherwise.
    const MOST: usize = 4 << 20;
    let fault = |code, message: String| Diagnostic::of(code, text, it.span, message);
    if it.profile == Profile::Grpc && it.size > MOST {
        let message = format!("the resource has {:.1} MiB, and gRPC clients take 4", it.size as f64 / 1_048_576.0);
        out.push(fault(codes::TOO_LARGE_FOR_GRPC, message).help("split it, or raise the clients' limit"));
    }
    if it.name.chars().any(char::is_control) {
        let message = "the name has control characters".to_owned();
        out.push(fault(codes::ODD_NAME, message).help("names are compared byte by byte: nobody will ask for this one"));
    }
    let Some(rest) = it.name.strip_prefix("xdstp://") else { return };
    let mut parts = rest.splitn(3, '/');
    let (_, kind, id) = (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if kind != it.kind.message() || id.is_empty() {
        let message = "a name that begins with `xdstp://` has an authority, a type and an id".to_owned();
        let help = format!("`xdstp://AUTHORITY/{}/ID`", it.kind.message());
        out.push(fault(codes::ODD_NAME, message).help(help));
    }
}

/// Reports a virtual host whose own name, at its place, is not that of its resource: Envoy keeps virtual hosts by their
/// own names, and is told of a removal by the resource's.
pub(crate) fn virtual_host_name(resource: &str, own: Option<(&str, Span)>, text: &Text, out: &mut Diagnostics) {
    let Some((own, span)) = own.filter(|it| it.0 != resource && !it.0.is_empty()) else { return };
    let message = format!("the virtual host is named `{own}`, its resource `{resource}`: Envoy never removes it");
    let fault = Diagnostic::of(codes::VIRTUAL_HOST_NAME, text, span, message);
    let edits = mend::replace(text, span, &serde_json::Value::from(resource).to_string());
    let help = format!("write `name: {resource}`");
    out.push(fault.help(&help).fix_if(help, edits));
}
