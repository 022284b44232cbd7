//! CH35xx: certificates and keys. `tls` has the rest of them.

super::codes! {
    EXPIRED "CH3501" Warn "a certificate that is no longer valid, or not yet" {
        why: "Envoy takes it, and whoever connects refuses it.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: edge
  tls_certificate:
    certificate_chain:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIBBDCBqgIBATAKBggqhkjOPQQDAjAOMQwwCgYDVQQDDANvbGQwHhcNMjAwMTAx
        MDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAOMQwwCgYDVQQDDANvbGQwWTATBgcqhkjO
        PQIBBggqhkjOPQMBBwNCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXzAeihkezn+vSA
        w98+bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KFMAoGCCqGSM49BAMCA0kA
        MEYCIQD4HNYdEskCKhzeJ8TZh9vC0OHKeP+LjbCtiPhU7FDsUQIhAIWTs0xHBwiw
        4glVBvvDk0IaXVSRi0UBWuOI+mCwCL5c
        -----END CERTIFICATE-----
    private_key:
      inline_string: |
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBSxEQTSdOLiikDWW
        6b0uhh9R3TYUwSFSvfnBj9K6wnehRANCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXz
        Aeihkezn+vSAw98+bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KF
        -----END PRIVATE KEY-----
",
        good: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: edge
  tls_certificate:
    certificate_chain:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASugAwIBAgIUVTiJlNkLobgPSmmA8ZBw7pWXkSAwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAeFw0yNjExMjQyMDE5MjBaFw0zNjEx
        MjEyMDE5MjBaMBgxFjAUBgNVBAMMDWEuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXzAeihkezn+vSAw98+
        bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KFo1MwUTAdBgNVHQ4EFgQUEhAi
        Y8I6iupfSNwVpXXIMUmZWw4wHwYDVR0jBBgwFoAUEhAiY8I6iupfSNwVpXXIMUmZ
        Ww4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAoQQzKIFavGfv
        xljGha8mw+xxLDAdARgkuugEQRH5a0YCIQC5oLRKT8ZLAxSQit6bBRN5QZmgfidI
        qQz6+GWoyy/tcw==
        -----END CERTIFICATE-----
    private_key:
      inline_string: |
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBSxEQTSdOLiikDWW
        6b0uhh9R3TYUwSFSvfnBj9K6wnehRANCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXz
        Aeihkezn+vSAw98+bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KF
        -----END PRIVATE KEY-----
",
    }
    EXPIRES_SOON "CH3502" Warn "a certificate that expires within two weeks" {
        why: "Certificates that live for less than four weeks are not meant: they are renewed all the time.",
        bad: "",
        good: "",
    }
    BAD_CERTIFICATE "CH3503" Deny "a certificate that cannot be read" {
        why: "Envoy refuses the resource: `Failed to load certificate chain`. Every certificate of the text \
              must be whole.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: ca
  validation_context:
    trusted_ca:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASugAwIBAgIUVTiJlNkLobgPSmmA8ZBw7pWXkSAwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAeFw0yNjExMjQyMDE5MjBaFw0zNjEx
        BgNVBAMMDWEuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXzAeihkezn+vSAw98+
        bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KFo1MwUTAdBgNVHQ4EFgQUEhAi
        Y8I6iupfSNwVpXXIMUmZWw4wHwYDVR0jBBgwFoAUEhAiY8I6iupfSNwVpXXIMUmZ
        Ww4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAoQQzKIFavGfv
        xljGha8mw+xxLDAdARgkuugEQRH5a0YCIQC5oLRKT8ZLAxSQit6bBRN5QZmgfidI
        qQz6+GWoyy/tcw==
        -----END CERTIFICATE-----
",
        good: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: ca
  validation_context:
    trusted_ca:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASugAwIBAgIUVTiJlNkLobgPSmmA8ZBw7pWXkSAwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAeFw0yNjExMjQyMDE5MjBaFw0zNjEx
        MjEyMDE5MjBaMBgxFjAUBgNVBAMMDWEuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXzAeihkezn+vSAw98+
        bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KFo1MwUTAdBgNVHQ4EFgQUEhAi
        Y8I6iupfSNwVpXXIMUmZWw4wHwYDVR0jBBgwFoAUEhAiY8I6iupfSNwVpXXIMUmZ
        Ww4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAoQQzKIFavGfv
        xljGha8mw+xxLDAdARgkuugEQRH5a0YCIQC5oLRKT8ZLAxSQit6bBRN5QZmgfidI
        qQz6+GWoyy/tcw==
        -----END CERTIFICATE-----
",
    }
    BAD_KEY "CH3504" Deny "a private key that cannot be read" {
        why: "Envoy refuses the resource: `Failed to load private key`. The key itself is never shown here.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: edge
  tls_certificate:
    certificate_chain:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASugAwIBAgIUVTiJlNkLobgPSmmA8ZBw7pWXkSAwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAeFw0yNjExMjQyMDE5MjBaFw0zNjEx
        MjEyMDE5MjBaMBgxFjAUBgNVBAMMDWEuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXzAeihkezn+vSAw98+
        bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KFo1MwUTAdBgNVHQ4EFgQUEhAi
        Y8I6iupfSNwVpXXIMUmZWw4wHwYDVR0jBBgwFoAUEhAiY8I6iupfSNwVpXXIMUmZ
        Ww4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAoQQzKIFavGfv
        xljGha8mw+xxLDAdARgkuugEQRH5a0YCIQC5oLRKT8ZLAxSQit6bBRN5QZmgfidI
        qQz6+GWoyy/tcw==
        -----END CERTIFICATE-----
    private_key:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASugAwIBAgIUVTiJlNkLobgPSmmA8ZBw7pWXkSAwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAeFw0yNjExMjQyMDE5MjBaFw0zNjEx
        MjEyMDE5MjBaMBgxFjAUBgNVBAMMDWEuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXzAeihkezn+vSAw98+
        bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KFo1MwUTAdBgNVHQ4EFgQUEhAi
        Y8I6iupfSNwVpXXIMUmZWw4wHwYDVR0jBBgwFoAUEhAiY8I6iupfSNwVpXXIMUmZ
        Ww4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAoQQzKIFavGfv
        xljGha8mw+xxLDAdARgkuugEQRH5a0YCIQC5oLRKT8ZLAxSQit6bBRN5QZmgfidI
        qQz6+GWoyy/tcw==
        -----END CERTIFICATE-----
",
        good: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: edge
  tls_certificate:
    certificate_chain:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASugAwIBAgIUVTiJlNkLobgPSmmA8ZBw7pWXkSAwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAeFw0yNjExMjQyMDE5MjBaFw0zNjEx
        MjEyMDE5MjBaMBgxFjAUBgNVBAMMDWEuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXzAeihkezn+vSAw98+
        bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KFo1MwUTAdBgNVHQ4EFgQUEhAi
        Y8I6iupfSNwVpXXIMUmZWw4wHwYDVR0jBBgwFoAUEhAiY8I6iupfSNwVpXXIMUmZ
        Ww4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAoQQzKIFavGfv
        xljGha8mw+xxLDAdARgkuugEQRH5a0YCIQC5oLRKT8ZLAxSQit6bBRN5QZmgfidI
        qQz6+GWoyy/tcw==
        -----END CERTIFICATE-----
    private_key:
      inline_string: |
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBSxEQTSdOLiikDWW
        6b0uhh9R3TYUwSFSvfnBj9K6wnehRANCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXz
        Aeihkezn+vSAw98+bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KF
        -----END PRIVATE KEY-----
",
    }
    KEY_MISMATCH "CH3505" Deny "a private key that is not the certificate's" {
        why: "Envoy refuses the resource: `KEY_VALUES_MISMATCH`. Mostly the certificate was renewed with a new \
              key and one of both was forgotten, or the chain begins with the signer's certificate.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: edge
  tls_certificate:
    certificate_chain:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIBhTCCASugAwIBAgIURyWHO6rBueOSjU58aCY5nq+Pp2UwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNYi5leGFtcGxlLmNvbTAeFw0yNjExMjQyMDE5MjBaFw0zNjEx
        MjEyMDE5MjBaMBgxFjAUBgNVBAMMDWIuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAARWgoMwfk+2v4wRvgJtzhLYcWdnXcHMhTjPR+AY82apPG5B
        mo6x/T8QFiAnLTidgOURLxxyS6BmPQQUuPQTf0uLo1MwUTAdBgNVHQ4EFgQUP54I
        EpQbPF8FKr7Q4W+YAxj8XaowHwYDVR0jBBgwFoAUP54IEpQbPF8FKr7Q4W+YAxj8
        XaowDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBBov55I2XyPhLG
        JcEFZ+1TBrmvF+XibkXkNXrxUUqD/AIhAKZOM6HRGl5GPPNXlrlW6+sSF09yGgXI
        GAuk1o3BScGd
        -----END CERTIFICATE-----
    private_key:
      inline_string: |
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBSxEQTSdOLiikDWW
        6b0uhh9R3TYUwSFSvfnBj9K6wnehRANCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXz
        Aeihkezn+vSAw98+bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KF
        -----END PRIVATE KEY-----
",
        good: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: edge
  tls_certificate:
    certificate_chain:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASugAwIBAgIUVTiJlNkLobgPSmmA8ZBw7pWXkSAwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAeFw0yNjExMjQyMDE5MjBaFw0zNjEx
        MjEyMDE5MjBaMBgxFjAUBgNVBAMMDWEuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXzAeihkezn+vSAw98+
        bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KFo1MwUTAdBgNVHQ4EFgQUEhAi
        Y8I6iupfSNwVpXXIMUmZWw4wHwYDVR0jBBgwFoAUEhAiY8I6iupfSNwVpXXIMUmZ
        Ww4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAoQQzKIFavGfv
        xljGha8mw+xxLDAdARgkuugEQRH5a0YCIQC5oLRKT8ZLAxSQit6bBRN5QZmgfidI
        qQz6+GWoyy/tcw==
        -----END CERTIFICATE-----
    private_key:
      inline_string: |
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBSxEQTSdOLiikDWW
        6b0uhh9R3TYUwSFSvfnBj9K6wnehRANCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXz
        Aeihkezn+vSAw98+bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KF
        -----END PRIVATE KEY-----
",
    }
    HALF_A_PAIR "CH3506" Deny "a certificate without its key, or a key without its certificate" {
        why: "Envoy refuses the resource: it cannot show a certificate that it has no key for.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: edge
  tls_certificate:
    certificate_chain:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASugAwIBAgIUVTiJlNkLobgPSmmA8ZBw7pWXkSAwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAeFw0yNjExMjQyMDE5MjBaFw0zNjEx
        MjEyMDE5MjBaMBgxFjAUBgNVBAMMDWEuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXzAeihkezn+vSAw98+
        bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KFo1MwUTAdBgNVHQ4EFgQUEhAi
        Y8I6iupfSNwVpXXIMUmZWw4wHwYDVR0jBBgwFoAUEhAiY8I6iupfSNwVpXXIMUmZ
        Ww4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAoQQzKIFavGfv
        xljGha8mw+xxLDAdARgkuugEQRH5a0YCIQC5oLRKT8ZLAxSQit6bBRN5QZmgfidI
        qQz6+GWoyy/tcw==
        -----END CERTIFICATE-----
",
        good: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: edge
  tls_certificate:
    certificate_chain:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIBhjCCASugAwIBAgIUVTiJlNkLobgPSmmA8ZBw7pWXkSAwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNYS5leGFtcGxlLmNvbTAeFw0yNjExMjQyMDE5MjBaFw0zNjEx
        MjEyMDE5MjBaMBgxFjAUBgNVBAMMDWEuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXzAeihkezn+vSAw98+
        bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KFo1MwUTAdBgNVHQ4EFgQUEhAi
        Y8I6iupfSNwVpXXIMUmZWw4wHwYDVR0jBBgwFoAUEhAiY8I6iupfSNwVpXXIMUmZ
        Ww4wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAoQQzKIFavGfv
        xljGha8mw+xxLDAdARgkuugEQRH5a0YCIQC5oLRKT8ZLAxSQit6bBRN5QZmgfidI
        qQz6+GWoyy/tcw==
        -----END CERTIFICATE-----
    private_key:
      inline_string: |
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBSxEQTSdOLiikDWW
        6b0uhh9R3TYUwSFSvfnBj9K6wnehRANCAAQkQdD9shmH3qMhLpTbKK4W52l8pvXz
        Aeihkezn+vSAw98+bQPtKQsx9UnDP2YBQOo30PhRljhRmO81KBZ2W6KF
        -----END PRIVATE KEY-----
",
    }
    WEAK_KEY "CH3507" Deny "a certificate whose key Envoy does not take" {
        why: "Envoy takes RSA keys of 2048 bits and more, and the curves P-256, P-384 and P-521.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: edge
  tls_certificate:
    certificate_chain:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIB9jCCAV+gAwIBAgIUHoWM1FAoI8UKMLV7PJksxVUWIQMwDQYJKoZIhvcNAQEL
        BQAwDTELMAkGA1UEAwwCcjEwHhcNMjYxMTI0MjAxOTIwWhcNMzYxMTIxMjAxOTIw
        WjANMQswCQYDVQQDDAJyMTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA4H1h
        GNga+qeZE15RHlSqi9l4aF6LTrMAzytwNZVotDiGcdZysQxchdOKD8sfQkXVKGuw
        Yn6uIARPPXcRaxaQuxAoPpcgET/HIzflZ3+1yvslJIhfIhr4mSCmev+Gv5yTmMI/
        Re0KdwiQCYefZAFAOSdNd6lIIxCmuqG9lKheQpECAwEAAaNTMFEwHQYDVR0OBBYE
        FJXNP4ZLOdLlu3VYwgdP9Xzedo/OMB8GA1UdIwQYMBaAFJXNP4ZLOdLlu3VYwgdP
        9Xzedo/OMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEAhR/qnXap
        0fihkVAIWoYotvXe07t4+FA8no+yE/qZXiJu5NKU4HRFrdR/sLohIFD9/2KxaFnL
        7IqBMEwVZ3zORnhq2X62i1vFtsLw6gFJBFWHN4EGbycQ4eZqxYgsmtSGQM+q0CTV
        s3rzEdnj/X5bI06E3tTd6qz1KVUOIukMeJM=
        -----END CERTIFICATE-----
    private_key:
      inline_string: |
        -----BEGIN PRIVATE KEY-----
        MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBAOB9YRjYGvqnmRNe
        UR5UqovZeGhei06zAM8rcDWVaLQ4hnHWcrEMXIXTig/LH0JF1ShrsGJ+riAETz13
        EWsWkLsQKD6XIBE/xyM35Wd/tcr7JSSIXyIa+Jkgpnr/hr+ck5jCP0XtCncIkAmH
        n2QBQDknTXepSCMQprqhvZSoXkKRAgMBAAECgYBeuAgz91rKz9Riu7T2WzrqbwPC
        5cFZn2WEBAwAT94xzHfNqHIUCecwACWMrGOwDs71kxqFNHY7xBW7FXYf/RFrUbJw
        4oVDVrb/9VwpL5oW9lwIKodImmUb8V7282SmIomSsDSb2W//xb9PXwsLSDW3/Bgt
        2fQVZe5KrliRdGn1AQJBAP2r8yWiwklmdwwuYeT4YVgW0jpA8GuvBPVL1YpIvUR8
        P1j3S7yPwf4ikOtboWHvXPw0af8Pc4YyQftMLbuHlBkCQQDijNxp11Cz/sXnidtR
        BDsCiG24z7Ho7g1G6m/2YBnnXpY84v3MriuGo+8zes4I9T3qSnkAAYO2tfAIzlp5
        MbE5AkAjxc3iLtOrOjHrm9beTVCc9YrsACBnbyUJ2ongmGVodQUR7L3Xd4Zp6kH5
        jtBxWSoJvvJ7r5ghApFfeNyyJ2pxAkAN9k5zO3De1vnNbkKU+KTGYDAa7rnxOBKb
        Z0FlNsEB8GNj9z1bCvTlxF6ulofyJ2MceGCCrpU2gnn7oPQUegqJAkACq61pUNxm
        /hkIncPRnZbc4zDShOGK0XmhVyGMcpCwue/bLhaY7t/ZgWEbqx4VvBgffirlbZDu
        iGvfO4Y3a6DJ
        -----END PRIVATE KEY-----
",
        good: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: edge
  tls_certificate:
    certificate_chain:
      inline_string: |
        -----BEGIN CERTIFICATE-----
        MIIC+zCCAeOgAwIBAgIUNaYHDrMToNKRVTa/6Lok2x0zT8AwDQYJKoZIhvcNAQEL
        BQAwDTELMAkGA1UEAwwCcjIwHhcNMjYxMTI0MjAxOTIwWhcNMzYxMTIxMjAxOTIw
        WjANMQswCQYDVQQDDAJyMjCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEB
        ALmk1J6iBxu2u9ugxQFEmhUvCxFskDd4cZBhnBMuj17NCTaIU8dgL4gu8MNHE31t
        AdO3lQo05HjnpKwgV/9Li3fCP2Z9yW7EhoYaQxLIkga5Mg7IkQTUBzl1S/jR0lc3
        kWmL4J2O2VPYxNUXHlG3rq123KgjphKob9vHfnD7Xu6gmPu/O4NqPZ4HjPqImJCZ
        l1WnRpmMjJh5JMH+1aFT+QHKZxpGreXrPGIolIQax6JDFrYtwCFCssnGZ79ODrQ2
        rHxvBgxYDmVL+3RtjoW9DHc16Y60+h+Vtx2yV3tytC+stT43Ir2jsQqT5EuhIuj4
        0IcluIbMy8K3Nrsvb0Xk/7cCAwEAAaNTMFEwHQYDVR0OBBYEFJ67jSxcRRlCasBF
        kah18bf/zo/yMB8GA1UdIwQYMBaAFJ67jSxcRRlCasBFkah18bf/zo/yMA8GA1Ud
        EwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAEpoGNq2OGXPn7enbtlikK+8
        BKDZVzmdCyNpbo3VJdV+o+hjCttWEdYJ6kQ3wSnWamjcggvh5VYrKL0NjlqtxzeF
        Rtvi3DgkTz/cg2Z/fhHKKKalM3Rr/n9eT3CafrQyl30hIxx5M5ze7+Ddx+LgphFI
        QMAy2pOmcwjS57sCc9hy8aAmEqsv7sWPyNGmNRRfwxaSNUzaHw6l4bTWlwwLsH2n
        nKatz94Q+bfEkU6NX18DmqznlF2VhteC6xr5TLHT2iUKRu8YNRw8eymwPzF9dnTE
        0OhSWYp20JbHB+iI55g6qZxBFgcjZGvvl4/I90PWC+1FWw/w7XXxIqD4T5OZGfs=
        -----END CERTIFICATE-----
    private_key:
      inline_string: |
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC5pNSeogcbtrvb
        oMUBRJoVLwsRbJA3eHGQYZwTLo9ezQk2iFPHYC+ILvDDRxN9bQHTt5UKNOR456Ss
        IFf/S4t3wj9mfcluxIaGGkMSyJIGuTIOyJEE1Ac5dUv40dJXN5Fpi+CdjtlT2MTV
        Fx5Rt66tdtyoI6YSqG/bx35w+17uoJj7vzuDaj2eB4z6iJiQmZdVp0aZjIyYeSTB
        /tWhU/kBymcaRq3l6zxiKJSEGseiQxa2LcAhQrLJxme/Tg60Nqx8bwYMWA5lS/t0
        bY6FvQx3NemOtPoflbcdsld7crQvrLU+NyK9o7EKk+RLoSLo+NCHJbiGzMvCtza7
        L29F5P+3AgMBAAECggEAA+AE8CrBqzptQXBhrF0aOkb5HCv/9qh09maTM3NNWtU8
        0/6UgRzo4RbZv7nEFmIoH5s9aTEhc8SiE1W5gIK7LozHdgQ6KC3CARqbO9Ej+y/y
        c4yMOmWSoQhpxY/brCZkyqc40REiSDXGJgyNfXcwFj7c7EWSOeF6NEQ9x2331VNL
        xEX0VKJXHsm0G23S25O8MHOCvJJVpFpXtSgeEceeZbmXX5nVZcGIijqwkx9hTvC7
        Hw4QePBStwSEkShDB6OKWsaTFCBEPWbgp1GN4iWtEUWYEvu15u79lOe8IKpgqDry
        xwbSISztU76zfOuVMIfU+AcfGBTW7jODOyJ+VcDGAQKBgQDbShKvN/9lHuf17ngG
        6ufjFcxTe56Gi0PyQ0G7UOZkOTIcU03lP2/TFm40LQj9qvwhlUMuaimljm9R+i0i
        0h7dCA8LiceWi+udKaaHXIzZsuYWs+sG7fSy3l52hXcEL7JNgcYwwntTOreIhMUx
        d3WIN8GzPqsMizcF8yJlXTUiFwKBgQDYuNZaaBxLj2/j70JLBcU1ti4we0vs2NAi
        HvVjUNxU6AkdpFAtB/35zt3IDDlhfCKkU5hRhwrk7yIEPXz04lxNhip8QBEl8j5M
        qi1aTfL3FKfmNWb6LzdgVkk0uOH9XB9E7wrtfZRvpq+W+25DA0ldS6GQqLSlMo1l
        bqb2ZpuzYQKBgCy3ah/410eTidGIk0k11Ztk8omDh8v/0hcwx9KeqJx/XUyRYC0D
        RpZQ2KAjHtY7a7adbVmlpGByLxkUXufe2RRRdF/x9JUqax1dROwNX1t1M54liiOb
        mm5vEewxQxfDciSD9hozTlqmeo6IJH310i240PLwMIkaSloYPkdVPmR5AoGBAKEh
        XA2/ljn/nTsk6m8JDUUP/GuDYEHqOWUFC4EZ35cpJY3qWsoARS50RaS0ofz+5Gq0
        1GzZMJphyTLJ3JvdqK7i77eNkrJZ10P8ytd3WQunSeX5EmU0scFopekTBMLwuTbx
        W3iTg8c3cRmaOrKMQQGid68sH5MrcMFXcb+FLoJBAoGAWQjwQbqSREbAx9McVXdJ
        SRvmre6nrRZo0OZ7Vg+G5xAMgz5VzB1OCsw3HJ4kBblG2dlcVrUiBoZgImhBvI6a
        A7Y3A3dAEfRlZ3yCK4ExV2gTZMqFzg4y+rS6DChp3i5wnB0j9tIpylzxq6y+M832
        DlMrJI+qZsTsWajBQcLn6aY=
        -----END PRIVATE KEY-----
",
    }
    CHAIN_ORDER "CH3508" Warn "certificates of a chain in the wrong order" {
        why: "The server's own certificate comes first, and each is followed by its signer's. Envoy sends them \
              as they stand; strict clients cannot follow another order.",
        bad: "",
        good: "",
    }
    NOT_A_CA "CH3509" Warn "a trusted certificate that may not sign others" {
        why: "`trusted_ca` says who may sign. A server's own certificate there trusts that one certificate, \
              until it is renewed.",
        bad: "",
        good: "",
    }
    TICKET_KEY_LENGTH "CH3510" Deny "a session ticket key of the wrong length" {
        why: "Envoy takes 80 bytes, no more and no less.",
        bad: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: tickets
  session_ticket_keys: {keys: [{inline_string: short}]}
",
        good: "resources:
- '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
  name: tickets
  session_ticket_keys: {keys: [{filename: /etc/envoy/ticket.key}]}
",
    }
}
