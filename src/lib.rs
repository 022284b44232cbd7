//! Chancery: a standalone xDS control plane for Envoy. This page is the map of its house.
//!
//! A chancery is the office that writes an envoy's orders. This one reads documents (YAML, JSON, protobuf), checks
//! them, and keeps every connected Envoy and gRPC client up to date with what they say.
//!
//! # The way of a change
//!
//! ```text
//!   a file is saved
//!        │ bytes
//!   ┌────▼────┐      ┌─────────────── app::Loader, on its own thread ───────────────┐
//!   │ source  ├──────► spec         compile, check     snapshot                      │
//!   └─────────┘      │ text → trees  trees → resources  resources → generation       │
//!                    └──────────────────────────────────────┬───────────────────────┘
//!                                                           │ who should have what
//!   ┌───────────┐   events   ┌──────────────┐  view   ┌─────▼────┐  who has it, who refuses it
//!   │ telemetry ◄────────────┤  transport   ◄─────────┤  cache   ├──────► app: state, loader
//!   │ fleet     │  sent,     │ subscription ├─────────► delivery │
//!   └───────────┘  acked,    └──────┬───────┘ answers └──────────┘
//!                  refused          │ shared bytes
//!                                Envoys
//! ```
//!
//! Data flows one way. A file event wakes `source`, which hands over bytes and nothing else. `spec` turns text into
//! *spanned trees*; `compile` rewrites every kind of document into the trees of Envoy's own messages, keeping each
//! node's place, and one encoder turns trees into bytes. So every fault points at the line that the user wrote. The
//! encoder calls the rules of `check` at each message, and they note what each resource refers to; before documents
//! become a generation, `check` compares these notes, and `app` holds back what does not fit.
//! `snapshot` groups resources for nodes that match the same documents, sharing what did not change. `delivery` decides
//! what each node is shown: one node of each group first, and on each node what is used before what uses it. `cache` wakes
//! the streams of a node whose view has changed, and hands their answers back. A `subscription` decides what its client lacks; `transport` writes
//! bytes that were encoded once.
//!
//! # Reading order
//!
//! | module | is |
//! |---|---|
//! | [`resource`] | the nouns, and **the one table of types**; start at `types.rs` |
//! | [`spec`] | a document as written: trees, places, diagnostics, node selectors |
//! | `schema` | Envoy's API, each message looked up once |
//! | [`check`] | what is wrong beyond types: rules over messages, and across documents |
//! | [`compile`] | documents to resources: the simple spec, discovery documents, bootstraps; the encoder |
//! | [`mod@reference`] | what can be written, told to people (`explain`) and to their editors (`schema`) |
//! | [`bootstrap_lint`] | what keeps an Envoy from following Chancery, found in its bootstrap |
//! | [`import`] | resources back to documents, said simply where that is exact |
//! | [`fix`] | old habits mended in the user's own text |
//! | [`snapshot`] | generations, groups, sets, what changed between two sets, shared response bytes |
//! | [`statement`] | what a generation says, as JSON without secrets |
//! | [`plan`] | what two generations differ in, for whom, and what it does to traffic |
//! | [`subscription`] | the protocol of one stream, state of the world and delta, as a value |
//! | [`fleet`] | who is connected and what they said: a fold over events |
//! | [`delivery`] | what each node is shown, and when: make before break, a canary before everyone |
//! | [`cache`] | each node's view behind a narrow watch; `delivery` for many streams at once |
//! | [`lifecycle`] | named tasks, drain, signals |
//! | [`source`] | files and directories, watched |
//! | [`state`] | the last good generations on disk, with their documents |
//! | [`transport`] | gRPC: framing, routes from the table, one driver a stream |
//! | [`admin`] | HTTP for whoever operates it: readiness, the generation, rollouts |
//! | [`telemetry`] | log lines, and events for observers |
//! | [`envoy`] | a real Envoy: fetched, started, asked; bootstraps for it |
//! | [`judge`] | a real Envoy's word on what it gets, at the user's line |
//! | [`app`] | the composition root: configuration → bind → `Bound` → run |
//! | [`cli`] | what a person types: one file a command |
//!
//! # Invariants, as absences
//!
//! - `resource`, `spec`, `schema`, `check`, `compile`, `snapshot`, `statement`, `plan`, `subscription`, `delivery` and
//!   `fleet` know no task, socket, file, clock or environment. Time is an argument.
//! - `subscription` knows nothing of gRPC; `snapshot` nothing of YAML; `source` nothing of what bytes mean.
//! - `transport` builds no resource and takes no protocol decision; `fleet` changes nothing.
//! - Edges never import each other; they meet in `app`. Only `lifecycle` spawns. Only `cli` reads the environment,
//!   prints and picks exit codes.
//! - No lock is held while anything is sent, no queue grows behind a slow client, and no client reaches a panic.
//! - Nothing is ever sent of a generation that was not complete and checked, and nothing that a canary refused to anybody
//!   else, unless that canary has refused before what others accepted.
//! - No node is shown a route whose clusters it was not offered first, or has already lost.
//!
//! `tests/tidy.rs` holds these as tests: imports, purity, lengths, module pages, orphans.
//!
//! # Where this differs from the first design
//!
//! - *Trees, not a typed model, behind the simple spec.* The design had a serde model compiled to typed messages. Here
//!   a simple spec is rewritten to the same trees that raw documents are, so there is one encoder, one set of rules,
//!   one escape (`envoy:` is a merge of trees), and places survive everywhere.
//! - *Values are encoded straight from trees* by descriptors, canonically; there is no intermediate message, which was
//!   the slowest step.
//! - *A stream's driver lives in its response body*: no task, no channel, and it ends with the HTTP/2 stream.
//! - *`check` stands below `compile`*, not above: its rules run where the encoder is anyway, at each message, on the
//!   user's tree. Only facts travel upwards, so an edit costs a look at names, not at documents.
//! - *A long list is read item by item*, each item compiled by itself and kept (`spec/items.rs`, `compile/items.rs`): an
//!   edit of one of 10,000 costs that one and a look at the rest. Whatever lines alone cannot cut is read as a whole.
//! - *A refused document is a document at fault*: what a canary refuses goes back to `app::Loader`, which holds its
//!   document at the last good version, as it does for any other fault.
//! - *What the state directory holds are documents*, not resources: another version of Chancery compiles them anew.
//!
//! # Recipes
//!
//! - **Add a resource type**: one row in `resource/types.rs`. Its methods, order, wildcard rules, reflection and
//!   document kind follow; a test holds the row against Envoy's descriptors.
//! - **Add a construct of the simple spec**: one row in the key table of its object in `compile/simple`, the lines that
//!   rewrite it, an example in `docs/documents.md` (tests run those).
//! - **Add a source**: a module in `source` that publishes `Reading`s; join it in `app/daemon.rs`.
//! - **Add a rule**: one function and one row in a table of `check`, a code with its story in `spec/codes`, and a bad
//!   document with its expected text in `tests/specs/bad`.
//! - **Fix a protocol bug**: write it down as a script in `subscription`'s tests first, named by its P-item.

pub mod admin;
pub mod app;
pub mod bootstrap_lint;
pub mod cache;
pub mod check;
pub mod cli;
pub mod compile;
pub mod delivery;
pub mod envoy;
pub mod fix;
pub mod fleet;
pub mod import;
pub mod judge;
pub mod lifecycle;
pub mod plan;
pub mod reference;
pub mod resource;
mod schema;
pub mod snapshot;
pub mod source;
pub mod spec;
pub mod state;
pub mod statement;
pub mod subscription;
pub mod telemetry;
pub mod transport;
