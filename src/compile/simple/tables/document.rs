//! The whole document, and its smallest parts: secrets and runtime layers.

use super::super::shape::Shape::{Any, Choice, Duration, Elsewhere, List, Map, Object, Secret, Text};
use super::super::shape::object;
use super::tls::{CA, CERTIFICATE};
use super::{CLUSTER, LISTENER};

object! {
    /// The root of the language.
    DOCUMENT: "the document", "";
    name: Text, "A label for people; shown in status and logs";
    version: Text, "A label of yours for this version; without it the version is a hash of the content";
    nodes: Any, "Who gets this document; without it, every node";
    lints: Any, "Levels of lints for what is found in this document: `{CH3007: allow}`";
    profile: Any, "`grpc` for proxyless gRPC clients, whose further rules are checked then; `envoy` by default";
    rollout: Elsewhere(&ROLLOUT), "How its changes are rolled out; without it as the daemon's flags say";
    spec required: Object(&SPEC), "The listeners, clusters, secrets and runtime layers";
}

object! {
    /// How a change of the document is rolled out. `compile::rollout` reads it, for documents of all kinds.
    ROLLOUT: "the rollout", "";
    canary: Any, "Who gets a change first: `one` node of each group, a share of it such as `25%`, selectors as in `nodes`, or `off` for all at once; `one` by default";
    bake: Duration, "How long a change is watched after the canaries accepted it; `0s` by default";
    ack_timeout: Duration, "After how long a canary counts as silent; `10s` by default";
    on_nack: Choice(&[("rollback", "rollback"), ("hold", "hold"), ("ignore", "ignore")]), "What a refusal does: the last good version comes back, the change goes no further, or nothing; `rollback` by default";
}

object! {
    /// What the document says.
    SPEC: "the spec", "";
    listeners: List(&Object(&LISTENER)), "Where Envoy listens, and what it does with what comes in";
    clusters: List(&Object(&CLUSTER)), "Where Envoy sends requests";
    secrets: List(&Object(&SECRET)), "Certificates and keys that `secret:` refers to, served by SDS";
    runtime: List(&Object(&RUNTIME)), "Runtime layers, served by RTDS";
}

object! {
    /// A named secret.
    SECRET: "a secret", "envoy.extensions.transport_sockets.tls.v3.Secret";
    @one_of [certificate ca session_ticket_keys generic];
    name required: Text => "name", "The name that `secret:` refers to";
    certificate: Object(&CERTIFICATE), "A certificate and its private key";
    ca: Object(&CA), "The CA certificates that a peer's certificate must be signed by";
    session_ticket_keys: List(&Object(&DATA)), "Keys for TLS session tickets; the first one encrypts";
    generic: Object(&DATA), "Any other secret";
}

object! {
    /// Bytes from a file or from the document.
    DATA: "a data source", "envoy.config.core.v3.DataSource";
    @one_of [file inline];
    file: Text => "filename", "A path on Envoy's machine";
    inline: Secret => "inline_string", "The content itself";
}

object! {
    /// A runtime layer.
    RUNTIME: "a runtime layer", "envoy.service.runtime.v3.Runtime";
    name required: Text => "name", "The layer's name, as in the bootstrap's `rtds_layer`";
    values required: Map(&Any) => "layer", "Keys and values";
}
