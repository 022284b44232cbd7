//! Load balancing policies: what Envoy demands of their settings in code.
//!
//! Leaves to `clusters` which policy a type of cluster takes.

use crate::check::View;
use crate::check::facts::Profile;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

const CLUSTER: &str = "envoy.config.cluster.v3.Cluster";
const RING: &str = "envoy.config.cluster.v3.Cluster.RingHashLbConfig";
const MAGLEV: &str = "envoy.config.cluster.v3.Cluster.MaglevLbConfig";
const RING_POLICY: &str = "envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash";
const MAGLEV_POLICY: &str = "envoy.extensions.load_balancing_policies.maglev.v3.Maglev";
const SUBSET: &str = "envoy.config.cluster.v3.Cluster.LbSubsetConfig";
const SELECTOR: &str = "envoy.config.cluster.v3.Cluster.LbSubsetConfig.LbSubsetSelector";
const POLICY: &str = "envoy.config.cluster.v3.LoadBalancingPolicy";
const WRR_LOCALITY: &str = "envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality";
const CLIENT_SIDE: &str =
    "envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin";

/// Settings of one policy each, and the policies that look at them.
const CONFIGS: &[(&str, &[i32])] = &[
    ("ring_hash_lb_config", &[2]),
    ("maglev_lb_config", &[5]),
    ("least_request_lb_config", &[1]),
    ("round_robin_lb_config", &[0]),
];

pub(super) const RULES: &[Row] = &[
    (CLUSTER, &[config_of_another, subset_of_cluster]),
    (RING, &[ring_size]),
    (RING_POLICY, &[ring_size]),
    (MAGLEV, &[maglev_size]),
    (MAGLEV_POLICY, &[maglev_size]),
    (SUBSET, &[default_subset]),
    (SELECTOR, &[fallback_keys]),
    (POLICY, &[known_policy]),
    (WRR_LOCALITY, &[locality_picker]),
];

fn config_of_another(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some((field, policies)) = CONFIGS.iter().find(|it| view.has(it.0)) else { return };
    if !policies.contains(&view.choice("lb_policy")) || view.has("load_balancing_policy") {
        let message = format!("`{field}` has no effect: the cluster's policy is another");
        let help = "set the `lb_policy` that it belongs to, or take it out";
        findings.report(codes::LB_CONFIG_IN_VAIN, view.key_span(field), message, help);
    }
}

/// What subsets cannot be combined with.
fn subset_of_cluster(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(subset) = view.message("lb_subset_config").filter(|it| !it.tree.entries().is_empty()) else { return };
    let span = view.key_span("lb_subset_config");
    if view.has("load_balancing_policy") {
        let message = "`lb_subset_config` cannot be combined with `load_balancing_policy`";
        let help = "use the policy `envoy.load_balancing_policies.subset` in `load_balancing_policy`";
        findings.report(codes::SUBSETS, span, message, help);
    } else if view.choice("lb_policy") == super::clusters::CLUSTER_PROVIDED {
        let message = "`lb_subset_config` cannot be combined with `lb_policy: CLUSTER_PROVIDED`";
        findings.report(codes::SUBSETS, span, message, "take it out");
    }
    let weighted = view.message("common_lb_config").is_some_and(|it| it.has("locality_weighted_lb_config"));
    if subset.flag("locality_weight_aware") && !weighted && !view.has("load_balancing_policy") {
        let message = "`locality_weight_aware` demands `common_lb_config.locality_weighted_lb_config`";
        let help = "add `common_lb_config: {locality_weighted_lb_config: {}}`";
        findings.report(codes::SUBSETS, subset.key_span("locality_weight_aware"), message, help);
    }
}

/// The bounds of a ring, which have defaults of their own.
fn ring_size(view: &View<'_>, findings: &mut Findings<'_>) {
    const LEAST: f64 = 1024.0;
    const MOST: f64 = 8_388_608.0;
    let least = view.number("minimum_ring_size").unwrap_or(LEAST);
    let most = view.number("maximum_ring_size").unwrap_or(MOST);
    if least > most {
        let field = if view.has("maximum_ring_size") { "maximum_ring_size" } else { "minimum_ring_size" };
        let message = format!("`minimum_ring_size` ({least}) is more than `maximum_ring_size` ({most})");
        let help = "the defaults are 1024 and 8388608";
        findings.report(codes::RING_SIZE, view.span(field), message, help);
    }
}

fn maglev_size(view: &View<'_>, findings: &mut Findings<'_>) {
    /// What Envoy takes at all, so that looking for divisors ends soon.
    const MOST: f64 = 5_000_011.0;
    let Some(size) = view.number("table_size").filter(|it| (0.0..=MOST).contains(it)) else { return };
    let size = size as u64;
    if !is_prime(size) {
        let next = (size..).find(|it| is_prime(*it)).unwrap_or(65_537);
        let message = format!("`table_size` must be a prime number, and {size} is none");
        findings.report(codes::MAGLEV_PRIME, view.span("table_size"), message, &format!("the next one is {next}"));
    }
}

fn is_prime(number: u64) -> bool {
    number >= 2 && (2..).take_while(|it| it * it <= number).all(|it| !number.is_multiple_of(it))
}

fn default_subset(view: &View<'_>, findings: &mut Findings<'_>) {
    const DEFAULT_SUBSET: i32 = 2;
    if view.choice("fallback_policy") == DEFAULT_SUBSET && !view.has("default_subset") {
        let message = "`fallback_policy: DEFAULT_SUBSET` without `default_subset` falls back to every endpoint";
        let help = "add `default_subset`, or say `fallback_policy: ANY_ENDPOINT`";
        findings.report(codes::NO_DEFAULT_SUBSET, view.span("fallback_policy"), message, help);
    }
}

/// A fallback to fewer keys needs some, but not all of them.
fn fallback_keys(view: &View<'_>, findings: &mut Findings<'_>) {
    const KEYS_SUBSET: i32 = 4;
    let texts = |field: &str| view.items(field).iter().filter_map(|it| it.text().cloned()).collect::<Vec<_>>();
    if view.choice("fallback_policy") != KEYS_SUBSET {
        return;
    }
    let (mut keys, mut fallback) = (texts("keys"), texts("fallback_keys_subset"));
    keys.sort_unstable();
    keys.dedup();
    fallback.sort_unstable();
    fallback.dedup();
    let message = match fallback.iter().find(|it| !keys.contains(it)) {
        _ if fallback.is_empty() => "`fallback_policy: KEYS_SUBSET` without `fallback_keys_subset`".to_owned(),
        Some(other) => format!("`{other}` is none of the selector's keys"),
        None if fallback == keys => "`fallback_keys_subset` holds all of the selector's keys".to_owned(),
        None => return,
    };
    let field = if fallback.is_empty() { "fallback_policy" } else { "fallback_keys_subset" };
    findings.report(codes::SUBSETS, view.span(field), message, "name some of the selector's `keys`, but not all");
}

/// Envoy takes the first policy that it knows, and must know one.
fn known_policy(view: &View<'_>, findings: &mut Findings<'_>) {
    if findings.profile == Profile::Grpc {
        return;
    }
    let policies = view.messages("policies");
    let is_known = |it: &View<'_>| {
        let config = it.message("typed_extension_config").and_then(|it| it.config_type());
        config.is_some_and(|it| is_policy(&it))
    };
    if !policies.iter().any(is_known) {
        let message = match policies.is_empty() {
            true => "a load balancing policy without any policies",
            false => "Envoy knows none of these load balancing policies",
        };
        let help = "name one of Envoy's: `envoy.load_balancing_policies.round_robin` with its `typed_config`, say";
        findings.report(codes::UNKNOWN_POLICY, view.start(), message, help);
    }
}

/// Whether a type is, or may hold, the settings of a policy.
fn is_policy(kind: &str) -> bool {
    kind.starts_with("envoy.extensions.load_balancing_policies.") || kind.ends_with(".TypedStruct")
}

fn locality_picker(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(picking) = view.message("endpoint_picking_policy") else { return };
    let kinds: Vec<_> = picking
        .messages("policies")
        .iter()
        .filter_map(|it| it.message("typed_extension_config")?.config_type())
        .collect();
    let first = kinds.iter().find(|it| is_policy(it));
    if findings.profile == Profile::Envoy && first.is_some_and(|it| it != CLIENT_SIDE && !it.ends_with(".TypedStruct"))
    {
        let message = "Envoy's `WrrLocality` takes only `ClientSideWeightedRoundRobin` to pick endpoints";
        let help = "use the policy itself, with `locality_lb_config: {locality_weighted_lb_config: {}}`";
        findings.report(codes::UNKNOWN_POLICY, view.key_span("endpoint_picking_policy"), message, help);
    }
}

#[cfg(test)]
mod tests {
    use super::is_prime;

    #[test]
    fn primes() {
        let primes: Vec<_> = (0..30).filter(|it| is_prime(*it)).collect();
        assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
        assert!(is_prime(65_537) && is_prime(5_000_011) && !is_prime(65_535));
    }
}
