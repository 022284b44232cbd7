//! Which requests a route gets: paths that no request has, and routes behind another that takes all of theirs.
//!
//! Sound, not complete: a route is called unreachable only if an earlier one surely takes each of its requests. Bounded:
//! earlier routes are found by hash, not one by one. Leaves to `regex` and `templates` what expressions say.

use std::collections::{BTreeSet, HashMap};

use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::{Scalar, Span, Tree, Value, codes};

pub(super) const RULES: &[Row] =
    &[("envoy.config.route.v3.RouteMatch", &[path]), ("envoy.config.route.v3.VirtualHost", &[shadowed])];

/// A path that no request has: paths begin with a slash, and have no query when they are matched.
fn path(view: &View<'_>, findings: &mut Findings<'_>) {
    for field in ["prefix", "path", "path_separated_prefix"] {
        let Some(text) = view.text(field).filter(|it| &***it != "*") else { continue };
        let (why, help) = match () {
            () if !text.starts_with('/') => ("it does not begin with `/`", "paths of requests begin with `/`"),
            () if text.contains('?') => {
                ("it has a query", "the query is cut off before the path is matched: use `query_parameters`")
            }
            () if text.contains('#') => ("it has a fragment", "clients do not send what stands behind a `#`"),
            () => continue,
        };
        let message = format!("the {} `{text}` can match no request: {why}", field.replace('_', " "));
        findings.push(findings.fault(codes::NO_SUCH_PATH, view.span(field), message).help(help));
    }
}

/// What a route asks of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Prefix,
    /// A prefix that ends where a segment does.
    Segments,
    Exact,
    /// Compared as text only.
    Regex,
    Template,
    Connect,
}

const KINDS: &[(&str, Kind)] = &[
    ("prefix", Kind::Prefix),
    ("path", Kind::Exact),
    ("path_separated_prefix", Kind::Segments),
    ("safe_regex", Kind::Regex),
    ("path_match_policy", Kind::Template),
    ("connect_matcher", Kind::Connect),
];

/// One route's conditions.
struct Route {
    kind: Kind,
    path: String,
    ignores_case: bool,
    /// All other conditions, each in one form.
    others: Vec<String>,
    /// Whether it takes only a part of the requests that match.
    is_sampled: bool,
    span: Span,
}

impl Route {
    fn read(route: &View<'_>) -> Option<Self> {
        let view = route.message("match")?;
        let (field, kind) = KINDS.iter().find(|it| view.has(it.0))?;
        let value = view.value(field)?;
        let path = match kind {
            Kind::Prefix | Kind::Segments | Kind::Exact => value.text()?.to_string(),
            _ => form(value),
        };
        let ignores_case =
            view.value("case_sensitive").and_then(Tree::text).is_some_and(|it| it.eq_ignore_ascii_case("false"));
        let (mut others, mut is_sampled) = (BTreeSet::new(), false);
        for entry in view.tree.entries().iter().filter(|it| it.value.value != Value::Null) {
            let name = &*view.message.fields[view.message.find(&entry.key.text)?].name;
            match name {
                "case_sensitive" => {}
                "runtime_fraction" => is_sampled = true,
                _ if KINDS.iter().any(|it| it.0 == name) => {}
                _ if matches!(&entry.value.value, Value::Sequence(_)) => {
                    others.extend(entry.value.items().iter().map(|it| format!("{name} {}", form(it))));
                }
                _ => drop(others.insert(format!("{name} {}", form(&entry.value)))),
            }
        }
        let span = value.span;
        Some(Self { kind: *kind, path, ignores_case, others: others.into_iter().collect(), is_sampled, span })
    }
}

/// A tree as a text: equal texts are equal trees.
fn form(tree: &Tree) -> String {
    match &tree.value {
        Value::Null => "~".to_owned(),
        Value::Scalar(Scalar { text, .. }) => format!("{text:?}"),
        Value::Sequence(items) => format!("[{}]", items.iter().map(form).collect::<Vec<_>>().join(",")),
        Value::Mapping(entries) => {
            let mut entries: Vec<_> =
                entries.iter().map(|it| format!("{:?}:{}", it.key.text, form(&it.value))).collect();
            entries.sort_unstable();
            format!("{{{}}}", entries.join(","))
        }
        Value::ConfigSource => "config".to_owned(),
    }
}

/// The routes so far that have the same conditions beside the path.
#[derive(Default)]
struct Group {
    /// By kind, whether case is ignored, and the path; in lower case if it is.
    places: HashMap<(Kind, bool, String), Span>,
    /// The lengths of the prefixes, so that only those are tried.
    lengths: BTreeSet<usize>,
}

impl Group {
    fn add(&mut self, route: &Route) {
        let path = if route.ignores_case { route.path.to_ascii_lowercase() } else { route.path.clone() };
        if matches!(route.kind, Kind::Prefix | Kind::Segments) {
            self.lengths.insert(path.len());
        }
        self.places.entry((route.kind, route.ignores_case, path)).or_insert(route.span);
    }

    /// The place of a route that takes all that this one would get.
    fn covers(&self, route: &Route) -> Option<Span> {
        let (path, folded) = (&*route.path, route.path.to_ascii_lowercase());
        let get = |kind, length: usize| {
            let exact = path.get(..length).filter(|it| !route.ignores_case || !it.contains(is_letter));
            let exact = exact.and_then(|it| self.places.get(&(kind, false, it.to_owned())));
            let folded = || self.places.get(&(kind, true, folded.get(..length)?.to_owned()));
            exact.or_else(folded).copied()
        };
        let whole = |it: &str| self.places.get(&(Kind::Prefix, false, it.to_owned())).copied();
        match route.kind {
            Kind::Connect => self.places.get(&(Kind::Connect, route.ignores_case, path.to_owned())).copied(),
            Kind::Regex | Kind::Template => {
                let same = self.places.get(&(route.kind, route.ignores_case, path.to_owned())).copied();
                same.or_else(|| whole("")).or_else(|| whole("/"))
            }
            Kind::Prefix | Kind::Segments | Kind::Exact => {
                if let Some(same) = get(route.kind, path.len()) {
                    return Some(same);
                }
                // Prefixes have few lengths; beyond some, a route is taken to be reachable.
                const LENGTHS: usize = 64;
                self.lengths.range(..=path.len()).take(LENGTHS).find_map(|length| {
                    let prefix = get(Kind::Prefix, *length);
                    prefix.or_else(|| get(Kind::Segments, *length).filter(|_| ends_segment(route, *length)))
                })
            }
        }
    }
}

fn is_letter(letter: char) -> bool {
    letter.is_alphabetic()
}

/// Whether all that the route matches goes on with a new segment behind this length, or ends there.
fn ends_segment(route: &Route, length: usize) -> bool {
    match route.path.as_bytes().get(length) {
        Some(letter) => *letter == b'/',
        None => route.kind != Kind::Prefix,
    }
}

fn shadowed(view: &View<'_>, findings: &mut Findings<'_>) {
    // A misspelled match is one that matches too much: what follows from an error is noise. Errors elsewhere are none.
    if findings.out.has_errors_within(view.tree.span) {
        return;
    }
    let mut groups: HashMap<Vec<String>, Group> = HashMap::new();
    for route in view.messages("routes").iter().filter_map(Route::read) {
        let first = subsets(&route.others).iter().find_map(|it| groups.get(it)?.covers(&route));
        if let Some(first) = first {
            let message = "this route can never match: an earlier one takes all of its requests";
            let fault = findings.fault(codes::SHADOWED_ROUTE, route.span, message);
            let fault = fault.related(findings.text, first, "this one is tried first");
            findings.push(fault.help("routes are tried in their order: put the narrower one first"));
        } else if !route.is_sampled {
            groups.entry(route.others.clone()).or_default().add(&route);
        }
    }
}

/// The sets of conditions that are weaker than these. With many conditions, only the weakest and these.
fn subsets(conditions: &[String]) -> Vec<Vec<String>> {
    const MOST: usize = 4;
    if conditions.len() > MOST {
        return vec![Vec::new(), conditions.to_vec()];
    }
    let pick = |bits: usize| {
        let chosen = conditions.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
        chosen.map(|it| it.1.clone()).collect()
    };
    (0..1 << conditions.len()).map(pick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Facts, Profile};
    use crate::schema::Schema;
    use crate::spec::{Diagnostics, Text, parse_yaml};

    /// The lines of the routes that can never match, of a list of matches.
    fn dead(matches: &str) -> Vec<u32> {
        let routes: String = matches.lines().map(|it| format!("- match: {{{}}}\n", it.trim())).collect();
        let text = Text::new("t", format!("routes:\n{routes}"));
        let mut out = Diagnostics::default();
        let trees = parse_yaml(&text, &mut out);
        let message = Schema::here().named("envoy.config.route.v3.VirtualHost").unwrap();
        let (profile, mut facts) = (Profile::Envoy, Facts::default());
        let mut findings = Findings {
            text: &text,
            out: &mut out,
            facts: &mut facts,
            profile,
            management_cluster: "",
            resource: "",
            now: 0,
            secret: false,
            is_whole: true,
        };
        shadowed(&View::new(&trees[0], message), &mut findings);
        out.0.iter().map(|it| text.line_column(it.labels[0].span.unwrap()).0 - 1).collect()
    }

    #[test]
    fn routes_behind_one_that_takes_all_of_theirs() {
        for (matches, expected) in [
            ("prefix: /\nprefix: /api", vec![2]),
            ("prefix: /api\nprefix: /", vec![]),
            ("prefix: /api\npath: /api/x\npath: /other", vec![2]),
            ("path: /a\npath: /a\nprefix: /a", vec![2]),
            ("path_separated_prefix: /a\npath: /a\npath: /a/b\npath: /ab\nprefix: /a/b\nprefix: /a", vec![2, 3, 5]),
            ("prefix: /\nsafe_regex: {regex: '/v[0-9]'}", vec![2]),
            ("safe_regex: {regex: '/v[0-9]'}\nsafe_regex: {regex: '/v[0-9]'}\npath: /v1", vec![2]),
            ("prefix: /\nconnect_matcher: {}", vec![]),
            ("prefix: /, headers: [{name: a}]\nprefix: /x", vec![]),
            ("prefix: /, headers: [{name: a}]\nprefix: /x, headers: [{name: a}]", vec![2]),
            ("prefix: /, headers: [{name: a}]\nprefix: /x, headers: [{name: b}, {name: a}]", vec![2]),
            ("prefix: /, headers: [{name: a}]\nprefix: /x, headers: [{name: b}]", vec![]),
            ("prefix: /, grpc: {}\nprefix: /x\nprefix: /x, grpc: {}", vec![3]),
            ("prefix: /, runtime_fraction: {default_value: {numerator: 5}}\nprefix: /x", vec![]),
            ("prefix: /\nprefix: /x, runtime_fraction: {default_value: {numerator: 5}}", vec![2]),
            ("prefix: /A, case_sensitive: false\nprefix: /ab", vec![2]),
            ("prefix: /A\nprefix: /Ab, case_sensitive: false", vec![]),
            ("prefix: /1\nprefix: /1b, case_sensitive: false", vec![2]),
            ("prefix: ''\nprefix: /", vec![2]),
        ] {
            assert_eq!(dead(matches), expected, "{matches}");
        }
    }

    /// Each route is looked up by hash: this would take minutes otherwise.
    #[test]
    fn many_routes() {
        let matches: Vec<_> = (0..20_000).map(|it| format!("prefix: /{it:05}/, headers: [{{name: a}}]")).collect();
        assert_eq!(dead(&matches.join("\n")), Vec::<u32>::new());
    }
}
