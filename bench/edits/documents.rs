//! The documents that are read: as large as those of a large fleet, in each of the forms that people write.

use std::fmt::Write;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Clusters as Envoy's discovery document.
    Envoy,
    /// The clusters of a simple spec.
    Simple,
    /// Listeners of a simple spec, each with its routes, so each two resources.
    Listeners,
}

impl Form {
    pub(crate) const ALL: [Self; 3] = [Self::Envoy, Self::Simple, Self::Listeners];

    /// What it is, for the table.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Envoy => "clusters, discovery document",
            Self::Simple => "clusters, simple spec",
            Self::Listeners => "listeners with routes, simple spec",
        }
    }

    /// A document of so many items, of which one has another port than the rest.
    pub(crate) fn text(self, items: usize, edited: usize, port: usize) -> String {
        let mut text = match self {
            Self::Envoy => "version_info: bench\nresources:\n",
            Self::Simple => "name: bench\nspec:\n  clusters:\n",
            Self::Listeners => {
                "name: bench\nspec:\n  clusters:\n  - {name: web, endpoints: ['10.0.0.1:80']}\n  listeners:\n"
            }
        }
        .to_owned();
        for at in 0..items {
            let port = if at == edited { port } else { 8080 };
            // Writing to a string never fails.
            let _done = match self {
                Self::Envoy => envoy(at, port, &mut text),
                Self::Simple => simple(at, port, &mut text),
                Self::Listeners => listener(at, port, &mut text),
            };
        }
        text
    }
}

/// Some 900 bytes.
fn envoy(at: usize, port: usize, text: &mut String) -> std::fmt::Result {
    write!(
        text,
        "- \"@type\": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: cluster-{at:06}
  type: STRICT_DNS
  connect_timeout: 1s
  lb_policy: LEAST_REQUEST
  typed_extension_protocol_options:
    envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
      \"@type\": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
      explicit_http_config:
        http2_protocol_options: {{}}
  load_assignment:
    cluster_name: cluster-{at:06}
    endpoints:
    - lb_endpoints:
"
    )?;
    for endpoint in 0..2 {
        write!(
            text,
            "      - endpoint:
          address:
            socket_address:
              address: endpoint-{endpoint}.cluster-{at:06}.bench.test
              port_value: {port}
"
        )?;
    }
    text.write_str("  circuit_breakers:\n    thresholds:\n    - max_connections: 1024\n      max_requests: 2048\n")
}

fn simple(at: usize, port: usize, text: &mut String) -> std::fmt::Result {
    writeln!(text, "  - name: cluster-{at:06}\n    connect_timeout: 1s\n    endpoints:")?;
    for endpoint in 0..4 {
        writeln!(text, "    - {{address: endpoint-{endpoint}.cluster-{at:06}.bench.test, port: {port}}}")?;
    }
    Ok(())
}

/// Each on an address of its own.
fn listener(at: usize, port: usize, text: &mut String) -> std::fmt::Result {
    let (a, b) = (at / 200 + 1, at % 200 + 1);
    writeln!(text, "  - name: listener-{at:06}\n    address: 10.1.{a}.{b}\n    port: {port}\n    routes:")?;
    for route in 0..4 {
        writeln!(text, "    - {{prefix: /{route}, cluster: web, timeout: 5s}}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chancery::compile::{Settings, compile};
    use chancery::spec::RawFile;

    use super::*;

    #[test]
    fn each_form_is_good_and_an_edit_changes_one_item() {
        for form in Form::ALL {
            let text = form.text(300, 7, 8081);
            let compiled = compile(&RawFile::new("a.yaml", text.as_bytes()), &Settings::default());
            assert_eq!(compiled.diagnostics.0, [], "{form:?}");
            let least = if form == Form::Listeners { 601 } else { 300 };
            assert_eq!(compiled.documents[0].resources.len(), least, "{form:?}");
            let plain = form.text(300, 0, 8080);
            assert_ne!(text, plain);
            assert_eq!(text.len(), plain.len());
        }
    }
}
