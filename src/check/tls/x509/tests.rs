//! Certificates of `rcgen`, and every truncation and corruption of them.

use rcgen::{CertificateParams, IsCa, KeyPair};

use super::*;

fn certificate(key: &KeyPair, is_ca: IsCa) -> Vec<u8> {
    let mut params = CertificateParams::new(vec!["a.example.com".to_owned()]).unwrap();
    params.is_ca = is_ca;
    params.self_signed(key).unwrap().der().to_vec()
}

#[test]
fn the_key_of_a_certificate_is_known() {
    let (one, two) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let der = certificate(&one, IsCa::ExplicitNoCa);
    let read = Certificate::read(&der).unwrap();
    let own = private_key("PRIVATE KEY", &one.serialize_der()).unwrap();
    let other = private_key("PRIVATE KEY", &two.serialize_der()).unwrap();
    assert!(!read.key.differs(&own) && read.key.differs(&other), "{own:?} {other:?}");
    assert_eq!((read.is_ca, read.key.weakness()), (Some(false), None));
    assert_eq!(read.issuer, read.subject);
    assert!(read.valid_from < read.valid_until);
    let ca = certificate(&two, IsCa::Ca(rcgen::BasicConstraints::Unconstrained));
    assert_eq!(Certificate::read(&ca).unwrap().is_ca, Some(true));
}

#[test]
fn nothing_panics() {
    let key = KeyPair::generate().unwrap();
    let (der, private) = (certificate(&key, IsCa::ExplicitNoCa), key.serialize_der());
    for bytes in [&der, &private] {
        for end in 0..bytes.len() {
            let (_, _) = (Certificate::read(&bytes[..end]), private_key("PRIVATE KEY", &bytes[..end]));
            for value in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut damaged = bytes.clone();
                damaged[end] = value;
                for label in ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"] {
                    private_key(label, &damaged);
                }
                Certificate::read(&damaged);
            }
        }
    }
}

#[test]
fn blocks_of_a_text() {
    let block = "-----BEGIN A-----\nYWJj\nZGVm\n-----END A-----\n";
    let texts = |text: &str| blocks(text).into_iter().map(|it| it.bytes).collect::<Vec<_>>();
    let good = Some(b"abcdef".to_vec());
    assert_eq!(texts(&format!("Bag Attributes: x\n{block}\r\n{block}")), [good.clone(), good.clone()]);
    assert_eq!(texts(&block.replace('\n', "\r\n")).as_slice(), std::slice::from_ref(&good));
    assert_eq!(texts(block.trim_end()), [good]);
    assert_eq!(texts("-----BEGIN A-----\nYWJj"), [None]);
    assert_eq!(texts(&block.replace('\n', "\n  ")), [None]);
    assert_eq!(texts("text"), Vec::<Option<Vec<u8>>>::new());
    let encrypted = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nYWJj\n-----END EC PRIVATE KEY-----";
    assert!(blocks(encrypted)[0].encrypted);
}
