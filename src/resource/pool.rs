//! Envoy's message descriptors, compiled into the binary by `build.rs`, and those that the user adds.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use prost::Message;
use prost_reflect::DescriptorPool;

/// The stripped descriptor set of Envoy's API, from the package `envoy-types`.
static DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/envoy.fds"));

/// Sets that were added, until the first pool is made; then they are fixed.
static ADDED: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
static FIXED: OnceLock<Vec<Vec<u8>>> = OnceLock::new();

/// The pool of the thread that asked first, for those that share it.
static FIRST: OnceLock<DescriptorPool> = OnceLock::new();

thread_local! {
    /// One pool for each thread: a pool shared between threads makes two of them four times slower than one, since
    /// every field access counts references on one cache line.
    static POOL: DescriptorPool = match FIRST.get() {
        Some(first) if SHARES.get() => first.clone(),
        _ => own_pool(),
    };

    static SHARES: Cell<bool> = const { Cell::new(false) };
}

fn own_pool() -> DescriptorPool {
    let added = FIXED.get_or_init(|| std::mem::take(&mut *ADDED.lock().unwrap_or_else(PoisonError::into_inner)));
    // Cannot fail: `add_descriptors` tried the very same sequence.
    let pool = pool_with(added.iter().map(Vec::as_slice)).unwrap_or_default();
    FIRST.get_or_init(|| pool.clone());
    pool
}

/// Gives this thread the pool of the thread that asked first instead of 12 MB of its own: for rare work. To be called
/// before this thread asks for descriptors.
pub fn share_descriptors() {
    SHARES.set(true);
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

/// The descriptor set of the files that define these services, with all that they import: bytes as Envoy's own, without
/// a pool, which would take 12 MB on the thread that asks.
pub fn files_of(services: &[&str]) -> Vec<u8> {
    let files = RawSet::decode(DESCRIPTORS).unwrap_or_default().files;
    let known = files.into_iter().filter_map(|bytes| Some((RawFile::decode(&*bytes).ok()?, bytes)));
    let known: BTreeMap<_, _> = known.map(|(file, bytes)| (file.name.clone(), (file, bytes))).collect();
    let mut open: Vec<&str> =
        known.values().filter(|(file, _)| file.defines(services)).map(|(it, _)| &*it.name).collect();
    let mut found = BTreeMap::new();
    while let Some(name) = open.pop() {
        if let Some((file, bytes)) = known.get(name)
            && found.insert(name, bytes.clone()).is_none()
        {
            open.extend(file.imports.iter().map(String::as_str));
        }
    }
    RawSet { files: found.into_values().collect() }.encode_to_vec()
}

fn pool_with<'a>(added: impl IntoIterator<Item = &'a [u8]>) -> Result<DescriptorPool, String> {
    let mut pool = DescriptorPool::new();
    for set in std::iter::once(DESCRIPTORS).chain(added) {
        // One file at a time: all at once, what the pool needs only while it is built would be 4 MB, which the allocator
        // keeps.
        for (file, bytes) in in_order(set)? {
            // Envoy's own stay: another version of the same file would be refused, and with it the whole set.
            if pool.get_file_by_name(&file.name).is_none() {
                pool.decode_file_descriptor_proto(&*bytes).map_err(|it| it.to_string())?;
            }
        }
    }
    Ok(pool)
}

/// The files of a set, each after those of it that it imports.
fn in_order(set: &[u8]) -> Result<Vec<(RawFile, Bytes)>, String> {
    let mut left = BTreeMap::new();
    let mut open = Vec::new();
    for bytes in RawSet::decode(set).map_err(|it| it.to_string())?.files {
        let file = RawFile::decode(&*bytes).map_err(|it| it.to_string())?;
        open.push(file.name.clone());
        left.entry(file.name.clone()).or_insert((file, bytes));
    }
    open.reverse();
    let (mut begun, mut ordered) = (BTreeSet::new(), Vec::new());
    while let Some(name) = open.last().cloned() {
        match left.get(&name) {
            // Its imports first. One that has begun already imports this file in turn: the pool refuses such a set.
            Some((file, _)) if begun.insert(name.clone()) => {
                open.extend(file.imports.iter().filter(|it| !begun.contains(*it)).cloned());
            }
            _ => {
                ordered.extend(left.remove(&name));
                open.pop();
            }
        }
    }
    Ok(ordered)
}

/// A `FileDescriptorSet` whose files keep their bytes, and with them the options that a decoded file would lose.
#[derive(Message)]
struct RawSet {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    files: Vec<Bytes>,
}

/// What a file says of itself, without its messages.
#[derive(Message)]
struct RawFile {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    package: String,
    #[prost(string, repeated, tag = "3")]
    imports: Vec<String>,
    #[prost(message, repeated, tag = "6")]
    services: Vec<RawService>,
}

#[derive(Message)]
struct RawService {
    #[prost(string, tag = "1")]
    name: String,
}

impl RawFile {
    fn defines(&self, services: &[&str]) -> bool {
        self.services.iter().any(|it| services.contains(&&*format!("{}.{}", self.package, it.name)))
    }
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
    fn the_files_of_a_service_are_a_whole() {
        let set = super::files_of(&["envoy.service.discovery.v3.AggregatedDiscoveryService"]);
        let pool = prost_reflect::DescriptorPool::decode(&*set).unwrap();
        let service = pool.get_service_by_name("envoy.service.discovery.v3.AggregatedDiscoveryService").unwrap();
        assert_eq!(service.methods().len(), 2);
        assert!(pool.get_message_by_name("envoy.config.cluster.v3.Cluster").is_none(), "more than it needs");
    }

    #[test]
    fn a_thread_shares_the_first_pool_only_if_it_says_so() {
        super::descriptors();
        let of_a_thread = |shares| {
            let ask = move || {
                if shares {
                    super::share_descriptors();
                }
                super::descriptors()
            };
            std::thread::spawn(ask).join().unwrap()
        };
        let first = super::FIRST.get().unwrap();
        assert!(of_a_thread(true) == *first && of_a_thread(false) != *first);
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
            dependency: vec![envoys.into(), "late.proto".into()],
            message_type: vec![message],
            syntax: Some("proto3".into()),
            ..Default::default()
        };
        let late = FileDescriptorProto { name: Some("late.proto".into()), ..Default::default() };
        // A file may stand before what it imports.
        let set = FileDescriptorSet { file: vec![known, own, late] }.encode_to_vec();
        let pool = super::pool_with([set.as_slice()]).unwrap();
        assert!(pool.get_message_by_name("own.Thing").is_some());
    }
}
