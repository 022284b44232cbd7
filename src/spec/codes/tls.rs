//! CH35xx from CH3511 on: TLS contexts.

super::codes! {
    NO_CERTIFICATE "CH3511" Deny "a TLS server without a certificate" {
        why: "Envoy refuses the listener: `No TLS certificates found for server context`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.listener.v3.Listener
  name: tls
  address: {socket_address: {address: 0.0.0.0, port_value: 443}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.echo
      typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
        require_client_certificate: false
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.listener.v3.Listener
  name: tls
  address: {socket_address: {address: 0.0.0.0, port_value: 443}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.echo
      typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
        common_tls_context:
          tls_certificates: [{certificate_chain: {filename: /a.crt}, private_key: {filename: /a.key}}]
",
    }
    CERTIFICATES_MIXED "CH3512" Deny "more certificates than a context takes" {
        why: "A server takes its certificates either inline or by SDS, and a client has one: Envoy refuses \
              other contexts.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      sni: a.example.com
      common_tls_context: {tls_certificates: [{certificate_chain: {filename: /a.crt}, private_key: {filename: /a.key}}, {certificate_chain: {filename: /b.crt}, private_key: {filename: /b.key}}]}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      sni: a.example.com
      common_tls_context: {tls_certificates: [{certificate_chain: {filename: /a.crt}, private_key: {filename: /a.key}}]}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    NAMES_WITHOUT_CA "CH3513" Deny "names or revocations without a trusted CA" {
        why: "Anybody can write any name into a certificate that nobody has to sign. Envoy refuses the \
              context: `SAN-based verification of peer certificates without trusted CA is insecure and not \
              allowed`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {validation_context: {match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: a.example.com}}]}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {validation_context: {trusted_ca: {filename: /etc/ssl/certs/ca-certificates.crt}, match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: a.example.com}}]}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    CLIENTS_UNVERIFIED "CH3514" Warn "client certificates that nobody verifies" {
        why: "`require_client_certificate` without a validation context lets in whoever makes a certificate \
              for himself.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.listener.v3.Listener
  name: tls
  address: {socket_address: {address: 0.0.0.0, port_value: 443}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.echo
      typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
        require_client_certificate: true
        common_tls_context:
          tls_certificates: [{certificate_chain: {filename: /a.crt}, private_key: {filename: /a.key}}]
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.listener.v3.Listener
  name: tls
  address: {socket_address: {address: 0.0.0.0, port_value: 443}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.echo
      typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}
    transport_socket:
      name: envoy.transport_sockets.tls
      typed_config:
        '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
        require_client_certificate: true
        common_tls_context:
          tls_certificates: [{certificate_chain: {filename: /a.crt}, private_key: {filename: /a.key}}]
          validation_context: {trusted_ca: {filename: /ca.crt}}
",
    }
    SERVER_UNVERIFIED "CH3515" Allow "a TLS server that nobody verifies" {
        why: "Without a validation context Envoy takes any certificate: the connection is encrypted, to \
              whoever answers it.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      sni: a.example.com
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      sni: a.example.com
      common_tls_context: {validation_context: {trusted_ca: {filename: /etc/ssl/certs/ca-certificates.crt}}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    NO_SNI "CH3516" Allow "TLS to a server without saying its name" {
        why: "Most servers on the Internet have several certificates, and refuse who does not say `sni`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {validation_context: {trusted_ca: {filename: /etc/ssl/certs/ca-certificates.crt}}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      sni: a.example.com
      common_tls_context: {validation_context: {trusted_ca: {filename: /etc/ssl/certs/ca-certificates.crt}}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    TLS_VERSIONS "CH3517" Warn "a least TLS version above the greatest" {
        why: "Envoy takes it, and then makes no connection.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {tls_params: {tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_2}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {tls_params: {tls_minimum_protocol_version: TLSv1_2, tls_maximum_protocol_version: TLSv1_3}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    UNKNOWN_CIPHER "CH3518" Deny "a cipher suite that Envoy does not have" {
        why: "Envoy refuses the context: `Failed to initialize cipher suites`. It has those of BoringSSL, and \
              one item holds one name; the suites of TLS 1.3 cannot be chosen.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {tls_params: {cipher_suites: [DHE-RSA-AES128-SHA]}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {tls_params: {cipher_suites: [ECDHE-RSA-AES128-GCM-SHA256]}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    UNKNOWN_CURVE "CH3519" Deny "a curve that Envoy does not have" {
        why: "Envoy refuses the context: `Failed to initialize ECDH curves`.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {tls_params: {ecdh_curves: [P256]}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {tls_params: {ecdh_curves: [P-256]}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    CERTIFICATE_HASH "CH3520" Deny "a hash of a certificate that is none" {
        why: "Both hashes are SHA-256: 64 hexadecimal digits, with or without colons, for the certificate; 44 \
              characters of base64 for the key.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {validation_context: {verify_certificate_hash: [zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz]}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {validation_context: {verify_certificate_hash: [df6ff72fe9116521268f6f2dd4966f51df479883fe7037b39f75916ac3049d1a]}}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    ALPN_LIST "CH3521" Warn "several ALPN protocols in one item" {
        why: "Envoy takes the item for one protocol of that name, which nobody speaks.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {alpn_protocols: ['h2,http/1.1']}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: web
  transport_socket:
    name: envoy.transport_sockets.tls
    typed_config:
      '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
      common_tls_context: {alpn_protocols: [h2, http/1.1]}
  load_assignment: {cluster_name: web, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}}]}]}
",
    }
    ALPN_LENGTH "CH3522" Deny "an ALPN protocol of more than 255 characters" {
        why: "There is one byte for its length. Envoy refuses the context: `Invalid ALPN protocol string`.",
        bad: "",
        good: "",
    }
    EMPTY_SECRET "CH3523" Deny "a secret that holds nothing" {
        why: "Envoy refuses it: `Secret type not implemented`.",
        bad: "resources:
- {'@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret, name: edge}
",
        good: "resources:
- {'@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret, name: edge, generic_secret: {secret: {filename: /etc/envoy/secret}}}
",
    }
}
