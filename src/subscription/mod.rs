//! The xDS protocol as values: what a client asked for, what it has, and so what it lacks.
//!
//! Answers for: everything that happens on one gRPC stream, state of the world and delta, aggregated and singleton:
//! subscriptions, wildcards, nonces, ACK and NACK, what the next response holds and in which order types go.
//! Leaves to others: reading and writing messages (`transport`), which snapshot a node may see and when (`delivery`).
//! Knows no gRPC, no task, no clock: time is an argument, bytes come out.
//!
//! One model, two encodings (P127). Each type of a stream keeps its *interest* (what was asked for) and what is *held*
//! (what the client has accepted); a response is the way from held to the current set, written as the protocol wants.
//! Call `handle_request` and `handle_view` for what comes in, then `poll_response` until it returns `None`.

mod dues;
mod held;
mod interest;
mod isolation;
mod lack;
mod message;
mod name_list;
mod name_set;
mod nonce;
mod per_type;
mod portion;
mod refusal;
mod request;
mod response;
mod stream;

#[cfg(test)]
mod tests;

pub use message::{Body, Event, Limits, Misuse, MisuseCode, Protocol, Refusal, Request, Response, Scope};
pub use name_list::{Fingerprint, NameList};
pub use stream::Stream;
