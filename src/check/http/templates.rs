//! Path templates: `/users/{id}/posts/*`, and what a path is rewritten to by one.

use std::collections::BTreeSet;

use crate::check::View;
use crate::check::rules::{Findings, Row};
use crate::spec::codes;

pub(super) const RULES: &[Row] = &[
    ("envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig", &[matching]),
    ("envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig", &[rewriting]),
    ("envoy.config.route.v3.Route", &[variables]),
];

fn matching(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(text) = view.text("path_template") else { return };
    if let Err(why) = names(text, true) {
        let message = format!("`{text}` is no path template: {why}");
        let fault = findings.fault(codes::BAD_TEMPLATE, view.span("path_template"), message);
        findings.push(fault.help("for example `/users/{id}/posts/*`, or `/{path=**}` for all"));
    }
}

fn rewriting(view: &View<'_>, findings: &mut Findings<'_>) {
    let Some(text) = view.text("path_template_rewrite") else { return };
    if let Err(why) = names(text, false) {
        let message = format!("`{text}` is no path to rewrite to: {why}");
        findings.push(findings.fault(codes::BAD_TEMPLATE, view.span("path_template_rewrite"), message));
    }
}

/// A rewrite can use only what the match has named.
fn variables(view: &View<'_>, findings: &mut Findings<'_>) {
    let config = |view: Option<View<'_>>, field: &str, inner: &str| {
        let config = view?.message(field)?.config().map(|it| (it.text(inner).cloned(), it.span(inner)));
        config.and_then(|(text, span)| Some((text?, span)))
    };
    let matched = config(view.message("match"), "path_match_policy", "path_template");
    let rewritten = config(view.message("route"), "path_rewrite_policy", "path_template_rewrite");
    let (Some((matched, place)), Some((rewritten, span))) = (matched, rewritten) else { return };
    let (Ok(known), Ok(used)) = (names(&matched, true), names(&rewritten, false)) else { return };
    for name in used.difference(&known) {
        let message = format!("the template that is matched has no `{{{name}}}`");
        let fault = findings.fault(codes::BAD_TEMPLATE, span, message);
        findings.push(fault.related(findings.text, place, "matched here"));
    }
}

/// The names of a template's variables, or what is wrong with it.
fn names(template: &str, is_match: bool) -> Result<BTreeSet<String>, String> {
    const MOST: usize = 5;
    let mut rest = template.strip_prefix('/').ok_or("it does not begin with `/`")?;
    let mut names = BTreeSet::new();
    if let Some(letter) = template.chars().find(|it| matches!(it, '?' | '#') || it.is_whitespace()) {
        return Err(format!("a path has no `{letter}`"));
    }
    if template.contains("//") {
        return Err("it has an empty segment".to_owned());
    }
    while let Some(at) = rest.find(['{', '}']) {
        if rest.as_bytes()[at] == b'}' {
            return Err("a `}` closes nothing".to_owned());
        }
        let (inner, behind) = rest[at + 1..].split_once('}').ok_or("a `{` is not closed")?;
        let (name, pattern) = inner.split_once('=').map_or((inner, None), |it| (it.0, Some(it.1)));
        variable(name)?;
        if let Some(pattern) = pattern {
            if !is_match {
                return Err(format!("`{{{name}}}` has no pattern here"));
            }
            let is_good = |it: &str| matches!(it, "*" | "**") || (!it.is_empty() && !it.contains(['*', '{']));
            if !pattern.split('/').all(is_good) {
                return Err(format!("`{pattern}` is nothing that `{{{name}}}` can match"));
            }
        }
        if is_match && behind.starts_with('{') {
            return Err("something must stand between two variables".to_owned());
        }
        if !names.insert(name.to_owned()) && is_match {
            return Err(format!("`{{{name}}}` stands twice"));
        }
        rest = behind;
    }
    match names.len() > MOST {
        true => Err(format!("it has more than {MOST} variables")),
        false => Ok(names),
    }
}

fn variable(name: &str) -> Result<(), String> {
    const LONGEST: usize = 16;
    let is_word = name.starts_with(|it: char| it.is_ascii_alphabetic())
        && name.chars().all(|it| it == '_' || it.is_ascii_alphanumeric());
    match () {
        () if name.len() > LONGEST => Err(format!("`{{{name}}}` is longer than {LONGEST} letters")),
        () if !is_word => Err(format!("`{{{name}}}` is no name: letters, digits and `_`")),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a real Envoy 1.40 said of each.
    #[test]
    fn envoy_agrees() {
        for good in ["/users/{id}", "/**", "/{x=**}/b", "/a*", "/*/*", "/{a=b/*}", "/a/", "/~", "/%41", "/a/{a=**}.txt"]
        {
            assert!(names(good, true).is_ok(), "{good}");
        }
        for bad in [
            "/users/{id",
            "/a/{=*}",
            "/{a}{b}",
            "a",
            "/{a}/{a}",
            "/{9}",
            "/a//b",
            "/{a=}",
            "/a?b",
            "/{abcdefghijklmnopqrstu}",
            "/{a0}/{a1}/{a2}/{a3}/{a4}/{a5}",
            "/{a={b}}",
            "/{a=*.txt}",
        ] {
            assert!(names(bad, true).is_err(), "{bad}");
        }
        for (text, is_good) in
            [("/b/{id}", true), ("/b/*", true), ("/", true), ("/b/{id", false), ("b", false), ("/{id=*}", false)]
        {
            assert_eq!(names(text, false).is_ok(), is_good, "{text}");
        }
    }
}
