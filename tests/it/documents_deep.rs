//! Depth: what is nested as deep as allowed is read on an ordinary thread, what is deeper is refused.

use chancery::compile::{Settings, compile};
use chancery::spec::RawFile;
use prost_reflect::prost::Message;
use prost_reflect::prost::encoding::encode_varint;
use prost_reflect::prost_types::Any;

fn codes(name: &str, content: impl Into<Vec<u8>>) -> Vec<&'static str> {
    let file = RawFile::new(name, content.into());
    compile(&file, &Settings::default()).diagnostics.0.iter().map(|it| it.code).collect()
}

fn cluster_with(metadata: &str) -> String {
    let url = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
    format!("{{resources: [{{'@type': {url}, name: a, metadata: {{filter_metadata: {{x: {{y: {metadata}}}}}}}}}]}}")
}

#[test]
fn structs_lists_and_any_values() {
    for (open, close) in [("{a: ", "}"), ("[", "]")] {
        let nested = |levels: usize| cluster_with(&format!("{}1{}", open.repeat(levels), close.repeat(levels)));
        assert_eq!(codes("a.yaml", nested(90)), [""; 0]);
        assert_eq!(codes("a.yaml", nested(100)), ["CH1007"]);
    }
    let open = "{'@type': google.protobuf.Any, value: ".repeat(90);
    let text = format!(
        "{{'@type': envoy.config.core.v3.TypedExtensionConfig, name: a, typed_config: {open}{{}}{}}}",
        "}".repeat(90)
    );
    assert_eq!(codes("a.yaml", text), [""; 0]);
}

#[test]
fn a_hostile_binary_file_of_any_in_any() {
    let kind = "envoy.config.core.v3.TypedExtensionConfig";
    let mut any = Any { type_url: "t/google.protobuf.Empty".to_owned(), value: Vec::new() };
    for _ in 0..5_000 {
        any = Any { type_url: "t/google.protobuf.Any".to_owned(), value: any.encode_to_vec() };
    }
    // Its fields: name 1, typed_config 2.
    let mut config = vec![0x0a, 1, b'a', 0x12];
    encode_varint(any.encoded_len() as u64, &mut config);
    config.extend(any.encode_to_vec());
    let resource = Any { type_url: format!("type.googleapis.com/{kind}"), value: config };
    let mut response = vec![0x12];
    encode_varint(resource.encoded_len() as u64, &mut response);
    response.extend(resource.encode_to_vec());
    assert_eq!(codes("a.pb", response), ["CH1007"]);
}
