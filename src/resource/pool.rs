//! Envoy's message descriptors, compiled into the binary by `build.rs`, and those that the user adds.

use std::sync::{Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use prost::Message;
use prost_reflect::DescriptorPool;

/// The stripped descriptor set of Envoy's API, from the package `envoy-types`.
static DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/envoy.fds"));

/// Sets that were added, until the first pool is made; then they are fixed.
static ADDED: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
static FIXED: OnceLock<Vec<Vec<u8>>> = OnceLock::new();

thread_local! {
    /// One pool for each thread: a pool shared between threads makes two of them four times slower than one, since
    /// every field access counts references on one cache line (PERFORMANCE §4.6).
    static POOL: DescriptorPool = {
        let added = FIXED.get_or_init(|| std::mem::take(&mut *ADDED.lock().unwrap_or_else(PoisonError::into_inner)));
        // Cannot fail: `add_descriptors` tried the very same sequence.
        pool_with(added.iter().map(Vec::as_slice)).unwrap_or_default()
    };
}

/// This thread's pool of all messages of Envoy's API, options and `validate.rules` included.
pub fn descriptors() -> DescriptorPool {
    POOL.with(Clone::clone)
}

/// Adds a descriptor set (as `protoc --include_imports --descriptor_set_out` writes it) to the pools of all threads.
///
/// Files that Envoy's own set has already are left out. To be called before the first document is read; later it is
/// refused, as are sets that do not fit.
pub fn add_descriptors(set: &[u8]) -> Result<(), String> {
    if FIXED.get().is_some() {
        return Err("descriptors are in use already".to_owned());
    }
    let mut added = ADDED.lock().unwrap_or_else(PoisonError::into_inner);
    pool_with(added.iter().map(Vec::as_slice).chain([set]))?;
    added.push(set.to_vec());
    Ok(())
}

fn pool_with<'a>(added: impl IntoIterator<Item = &'a [u8]>) -> Result<DescriptorPool, String> {
    let mut pool = DescriptorPool::decode(DESCRIPTORS).map_err(|it| it.to_string())?;
    for set in added {
        for file in RawSet::decode(set).map_err(|it| it.to_string())?.files {
            let name = RawFile::decode(&*file).map_err(|it| it.to_string())?.name;
            // Envoy's own stay: another version of the same file would be refused, and with it the whole set.
            if pool.get_file_by_name(&name).is_none() {
                pool.decode_file_descriptor_proto(&*file).map_err(|it| it.to_string())?;
            }
        }
    }
    Ok(pool)
}

/// A `FileDescriptorSet` whose files keep their bytes, and with them the options that a decoded file would lose.
#[derive(Message)]
struct RawSet {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    files: Vec<Bytes>,
}

#[derive(Message)]
struct RawFile {
    #[prost(string, tag = "1")]
    name: String,
}

#[cfg(test)]
mod tests {
    #[test]
    fn envoys_messages_are_there_with_their_options() {
        let pool = super::descriptors();
        assert!(pool.all_messages().len() > 1_500);
        assert!(pool.get_extension_by_name("validate.rules").is_some());
        let name = pool.get_message_by_name("envoy.config.cluster.v3.Cluster").unwrap().get_field_by_name("name");
        assert_ne!(name.unwrap().options().extensions().count(), 0);
    }

    #[test]
    fn the_embedded_set_is_whole() {
        assert_eq!(super::pool_with([]).err(), None);
    }

    #[test]
    fn descriptors_that_are_none_are_refused() {
        assert!(super::add_descriptors(b"\xff\xff").is_err());
    }

    #[test]
    fn private_messages_may_refer_to_envoys_and_bring_files_that_are_there() {
        use prost::Message as _;

        use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
        use prost_reflect::prost_types::{
            DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
        };

        let envoys = "envoy/config/core/v3/base.proto";
        let mut known = super::descriptors().get_file_by_name(envoys).unwrap().file_descriptor_proto().clone();
        // Of another version.
        known.message_type.truncate(3);
        let field = FieldDescriptorProto {
            name: Some("source".into()),
            number: Some(1),
            label: Some(Label::Optional.into()),
            r#type: Some(Type::Message.into()),
            type_name: Some(".envoy.config.core.v3.DataSource".into()),
            ..Default::default()
        };
        let message = DescriptorProto { name: Some("Thing".into()), field: vec![field], ..Default::default() };
        let own = FileDescriptorProto {
            name: Some("own.proto".into()),
            package: Some("own".into()),
            dependency: vec![envoys.into()],
            message_type: vec![message],
            syntax: Some("proto3".into()),
            ..Default::default()
        };
        let set = FileDescriptorSet { file: vec![known, own] }.encode_to_vec();
        let pool = super::pool_with([set.as_slice()]).unwrap();
        assert!(pool.get_message_by_name("own.Thing").is_some());
    }
}
