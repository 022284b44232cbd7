//! What gRPC reflection tells: the discovery services and the messages that they need, no more.

use super::routes::AGGREGATED;
use crate::resource::{ResourceType, files_of};

/// The files that define the services, with all that they import.
pub(super) fn files() -> Vec<u8> {
    let services: Vec<_> = ResourceType::all_known().map(|it| it.rules().service).chain([AGGREGATED]).collect();
    files_of(&services)
}
