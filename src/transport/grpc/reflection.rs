//! What gRPC reflection tells: the discovery services and the messages that they need, no more.

use std::collections::{BTreeMap, VecDeque};

use prost::Message;
use prost_reflect::prost_types::FileDescriptorSet;

use super::routes::AGGREGATED;
use crate::resource::{ResourceType, descriptors};

/// The files that define the services, with all that they import.
pub(super) fn files() -> Vec<u8> {
    let pool = descriptors();
    let services = ResourceType::all_known().map(|it| it.rules().service).chain([AGGREGATED]);
    let mut open: VecDeque<_> = services.filter_map(|it| Some(pool.get_service_by_name(it)?.parent_file())).collect();
    let mut files = BTreeMap::new();
    while let Some(file) = open.pop_front() {
        if files.insert(file.name().to_owned(), file.file_descriptor_proto().clone()).is_none() {
            open.extend(file.dependencies());
        }
    }
    FileDescriptorSet { file: files.into_values().collect() }.encode_to_vec()
}
