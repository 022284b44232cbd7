//! What clients and documents may take: flags of `serve`, and of whatever reads documents. What each of them is good for
//! is in `docs/operating.md`.

use clap::Args;

use crate::source::Limits;
use crate::transport::grpc;

/// Where they stand in the help.
const LIMITS: &str = "Limits";

/// What clients may take.
#[derive(Debug, Clone, Args)]
pub(super) struct ClientLimits {
    /// Connections in all; fewer where the limit of open files (ulimit -n) allows fewer
    #[arg(long, help_heading = LIMITS, default_value_t = 20_000, env = "CHANCERY_MAX_CONNECTIONS", value_name = "COUNT", value_parser = count())]
    max_connections: u32,
    /// Connections from one address [default: half of all]
    #[arg(long, help_heading = LIMITS, env = "CHANCERY_MAX_CONNECTIONS_PER_ADDRESS", value_name = "COUNT", value_parser = count())]
    max_connections_per_address: Option<u32>,
    /// Streams on one connection
    #[arg(long, help_heading = LIMITS, default_value_t = 2_000, env = "CHANCERY_MAX_STREAMS_PER_CONNECTION", value_name = "COUNT",
          value_parser = count())]
    max_streams_per_connection: u32,
    /// Streams from one address
    #[arg(long, help_heading = LIMITS, default_value_t = 20_000, env = "CHANCERY_MAX_STREAMS_PER_ADDRESS", value_name = "COUNT",
          value_parser = count())]
    max_streams_per_address: u32,
    /// Streams of one node
    #[arg(long, help_heading = LIMITS, default_value_t = 2_000, env = "CHANCERY_MAX_STREAMS_PER_NODE", value_name = "COUNT",
          value_parser = count())]
    max_streams_per_node: u32,
    /// Bytes of one request
    #[arg(long, help_heading = LIMITS, default_value_t = 64 << 20, env = "CHANCERY_MAX_REQUEST_BYTES", value_name = "BYTES",
          value_parser = count())]
    max_request_bytes: u32,
    /// Names that one stream may ask for, of one type
    #[arg(long, help_heading = LIMITS, default_value_t = 200_000, env = "CHANCERY_MAX_NAMES", value_name = "COUNT", value_parser = count())]
    max_names: u32,
}

/// What documents may take.
#[derive(Debug, Clone, Args)]
pub(super) struct DocumentLimits {
    /// Documents in all sources together
    #[arg(long, help_heading = LIMITS, default_value_t = 10_000, env = "CHANCERY_MAX_DOCUMENTS", value_name = "COUNT", value_parser = count())]
    max_documents: u32,
    /// Bytes of one document
    #[arg(long, help_heading = LIMITS, default_value_t = 64 << 20, env = "CHANCERY_MAX_DOCUMENT_BYTES", value_name = "BYTES",
          value_parser = count())]
    max_document_bytes: u32,
    /// Bytes of all documents together
    #[arg(long, help_heading = LIMITS, default_value_t = 256 << 20, env = "CHANCERY_MAX_DOCUMENTS_BYTES", value_name = "BYTES",
          value_parser = clap::value_parser!(u64).range(1..))]
    max_documents_bytes: u64,
}

/// At least one. With none at all nothing could be served.
fn count() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}

impl ClientLimits {
    /// What they say.
    pub(super) fn options(&self, identifier: String) -> grpc::Options {
        let most = self.max_connections as usize;
        let usual = grpc::Options::default();
        let mut limits = usual.limits.clone();
        limits.max_names = self.max_names as usize;
        grpc::Options {
            max_connections: most,
            max_connections_per_address: self.max_connections_per_address.map(|it| it as usize),
            max_streams_per_connection: self.max_streams_per_connection,
            max_streams_per_peer: self.max_streams_per_address as usize,
            max_streams_per_node: self.max_streams_per_node as usize,
            max_message_size: self.max_request_bytes as usize,
            limits,
            identifier,
            ..usual
        }
    }
}

impl DocumentLimits {
    /// What they say.
    pub(super) fn options(&self) -> Limits {
        Limits {
            file_bytes: self.max_document_bytes.into(),
            total_bytes: self.max_documents_bytes,
            files: self.max_documents as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        clients: ClientLimits,
        #[command(flatten)]
        documents: DocumentLimits,
    }

    fn read(line: &str) -> Line {
        Line::try_parse_from(format!("x {line}").split_whitespace()).unwrap()
    }

    /// Defaults stand twice, there and in the help: they are the same.
    #[test]
    fn nothing_said_is_the_default() {
        let Line { clients, documents } = read("");
        let usual = grpc::Options::default();
        assert_eq!(format!("{:?}", clients.options(usual.identifier.clone())), format!("{usual:?}"));
        assert_eq!(documents.options(), Limits::default());
    }

    #[test]
    fn all_that_can_be_said() {
        let line = "--max-connections 1 --max-connections-per-address 2 --max-streams-per-connection 3 \
                    --max-streams-per-address 4 --max-streams-per-node 10 --max-request-bytes 5 --max-names 6 --max-documents 7 \
                    --max-document-bytes 8 --max-documents-bytes 9";
        let Line { clients, documents } = read(line);
        let options = clients.options("x".to_owned());
        let counts = [options.max_connections, options.max_connections_per_address.unwrap()];
        let streams = (options.max_streams_per_connection, options.max_streams_per_peer);
        assert_eq!((counts, streams, options.max_streams_per_node), ([1, 2], (3, 4), 10));
        assert_eq!((options.max_message_size, options.limits.max_names), (5, 6));
        assert_eq!(documents.options(), Limits { files: 7, file_bytes: 8, total_bytes: 9 });
    }
}
