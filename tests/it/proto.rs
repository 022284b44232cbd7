//! `proto/`: the catalogue says what the code does, and the private extension can be used.

use std::path::{Path, PathBuf};

use chancery::resource::{TYPES, descriptors};
use prost_reflect::{DynamicMessage, ReflectMessage};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proto").join(name)
}

/// The rows of the tables with that many columns, header and ruler left out.
fn rows(catalogue: &str, columns: usize) -> Vec<Vec<&str>> {
    let lines = catalogue.lines().filter_map(|it| it.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = lines.map(|it| it.split(" | ").collect::<Vec<_>>()).filter(|it| it.len() == columns);
    rows.filter(|it| !["short", "service", "message"].contains(&it[0])).collect()
}

#[test]
fn the_catalogue_lists_the_table_of_resource_types() {
    let catalogue = std::fs::read_to_string(file("catalogue.md")).unwrap();
    let expected: Vec<_> = TYPES
        .iter()
        .map(|row| {
            let message = row.url.rsplit('/').next().unwrap();
            let name = if row.name_field.is_empty() { "-" } else { row.name_field };
            vec![row.short, message, name, row.service, row.stream_method.unwrap_or("-"), row.delta_method]
        })
        .collect();
    assert_eq!(rows(&catalogue, 6), expected);
}

#[test]
fn everything_in_the_catalogue_exists_in_envoys_descriptors() {
    let catalogue = std::fs::read_to_string(file("catalogue.md")).unwrap();
    let pool = descriptors();
    let others = rows(&catalogue, 2);
    assert!(others.len() >= 10);
    for row in others {
        let name = row[0];
        assert!(pool.get_message_by_name(name).is_some() || pool.get_service_by_name(name).is_some(), "{name}");
    }
}

#[test]
fn the_private_extension_is_read_beside_envoys_messages() {
    let set = std::fs::read(file("testing/private_extension.pb")).unwrap();
    let mut pool = descriptors();
    pool.decode_file_descriptor_set(set.as_slice()).unwrap();
    let filter = pool.get_message_by_name("chancery.testing.v1.PrivateFilter").unwrap();
    let json = r#"{"name": "a", "mode": "ENFORCE", "budget": "0.5s", "rules": {"x": {"header": "h", "values": ["v"]}},
        "next": {"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "web"}}"#;
    let read = DynamicMessage::deserialize(filter, &mut serde_json::Deserializer::from_str(json)).unwrap();
    assert_eq!(read.get_field_by_name("mode").unwrap().as_enum_number(), Some(1));
    assert_eq!(read.descriptor().parent_file().name(), "private_extension.proto");
}
