//! The configuration directory: simple-spec documents of equal clusters, and edits that change some of them.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::time::Instant;

/// Endpoints of a cluster: with host names of this length it is about 300 bytes on the wire.
const ENDPOINTS: usize = 4;

/// Ports go round in a range whose varints are all two bytes, so that each push is as large as the last.
const PORTS: std::ops::Range<usize> = 8000..16_000;

/// A temporary directory of documents.
#[derive(Debug)]
pub(crate) struct Corpus {
    directory: TempDir,
    /// Clusters by IP address are of type EDS, by host name STRICT_DNS with their endpoints inline.
    is_eds: bool,
    documents: usize,
    /// The port of each cluster's endpoints: what an edit changes.
    ports: Vec<usize>,
    edits: usize,
}

impl Corpus {
    /// Writes so many clusters into so many documents.
    pub(crate) fn new(clusters: usize, documents: usize, is_eds: bool) -> Result<Self> {
        let directory = tempfile::tempdir().context("making a temporary directory")?;
        fs::create_dir(directory.path().join("staging"))?;
        fs::create_dir(directory.path().join("config"))?;
        let ports = vec![PORTS.start; clusters];
        let documents = clusters.div_ceil(clusters.div_ceil(documents.clamp(1, clusters))); // none of them empty
        let corpus = Self { directory, is_eds, documents, ports, edits: 0 };
        corpus.publish(&corpus.stage(0..corpus.documents)?)?;
        Ok(corpus)
    }

    /// What the server is told to serve.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("config")
    }

    /// The names of all clusters.
    pub(crate) fn names(&self) -> Vec<String> {
        (0..self.ports.len()).map(name).collect()
    }

    /// Changes so many clusters, elsewhere each time; when the edit was about to be seen.
    pub(crate) fn edit(&mut self, changed: usize) -> Result<Instant> {
        self.edits += 1;
        let port = PORTS.start + self.edits % PORTS.len();
        let clusters = self.ports.len();
        // A prime step spreads single edits over the whole set.
        let first = self.edits * 7919 % clusters;
        let mut touched: Vec<usize> = Vec::new();
        for at in (first..first + changed.min(clusters)).map(|it| it % clusters) {
            self.ports[at] = port;
            touched.push(at / self.per_document());
        }
        touched.sort_unstable();
        touched.dedup();
        let staged = self.stage(touched)?;
        let begun = Instant::now();
        self.publish(&staged)?;
        Ok(begun)
    }

    fn per_document(&self) -> usize {
        self.ports.len().div_ceil(self.documents)
    }

    /// Writes documents beside the directory that is served, so that no half a file is ever seen.
    fn stage(&self, documents: impl IntoIterator<Item = usize>) -> Result<Vec<String>> {
        let stage = |document: usize| {
            let file = format!("clusters-{document:04}.yaml");
            fs::write(self.directory.path().join("staging").join(&file), self.text(document))?;
            Ok(file)
        };
        documents.into_iter().map(stage).collect()
    }

    fn publish(&self, files: &[String]) -> Result<()> {
        for file in files {
            let staged = self.directory.path().join("staging").join(file);
            fs::rename(&staged, self.path().join(file)).with_context(|| format!("publishing `{file}`"))?;
        }
        Ok(())
    }

    fn text(&self, document: usize) -> String {
        let first = document * self.per_document();
        let last = (first + self.per_document()).min(self.ports.len());
        let mut text = format!("name: clusters-{document}\nspec:\n  clusters:\n");
        for at in first..last {
            text += &format!("  - name: {}\n    endpoints:\n", name(at));
            for endpoint in 0..ENDPOINTS {
                let address = self.address(at, endpoint);
                text += &format!("    - {{address: {address}, port: {}}}\n", self.ports[at]);
            }
        }
        text
    }

    fn address(&self, cluster: usize, endpoint: usize) -> String {
        if self.is_eds {
            format!("10.{}.{}.{}", cluster / 200 % 200 + 1, cluster % 200 + 1, endpoint + 1)
        } else {
            format!("endpoint-{endpoint}.{}.bench.test", name(cluster))
        }
    }
}

fn name(cluster: usize) -> String {
    format!("cluster-{cluster:06}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_changes_as_many_clusters_as_asked() {
        let mut corpus = Corpus::new(10, 3, false).unwrap();
        let ports = |corpus: &Corpus| corpus.ports.clone();
        for changed in [1, 4, 10] {
            let before = ports(&corpus);
            corpus.edit(changed).unwrap();
            let after = ports(&corpus);
            assert_eq!(before.iter().zip(&after).filter(|(a, b)| a != b).count(), changed);
        }
        let files = fs::read_dir(corpus.path()).unwrap().count();
        assert_eq!(files, 3);
        let text = fs::read_to_string(corpus.path().join("clusters-0002.yaml")).unwrap();
        assert_eq!(text.matches("address: endpoint-").count(), 2 * ENDPOINTS);
    }
}
