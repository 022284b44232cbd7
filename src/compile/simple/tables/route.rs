//! Virtual hosts, routes, what they match and what they do.

use super::super::shape::Shape::{Boolean, Choice, Duration, Integer, List, Map, Number, Object, Short, Text};
use super::super::shape::object;

object! {
    /// A virtual host.
    VIRTUAL_HOST: "a virtual host", "envoy.config.route.v3.VirtualHost";
    name required: Text => "name", "The virtual host's name, for metrics";
    domains required: List(&Text) => "domains", "Hosts: `example.com`, `*.example.com`, `*` for all";
    routes required: List(&Object(&ROUTE)), "What to do with requests, first match first";
    require_tls: Choice(&[("none", "NONE"), ("external_only", "EXTERNAL_ONLY"), ("all", "ALL")]) => "require_tls", "Redirect plain requests to https";
    retries: Object(&RETRIES), "Retries for all routes that have none";
    request_headers: Object(&HEADER_EDITS), "Edits of the requests' headers";
    response_headers: Object(&HEADER_EDITS), "Edits of the responses' headers";
}

object! {
    /// A route.
    ROUTE: "a route", "envoy.config.route.v3.Route";
    @one_of [prefix path path_separated_prefix regex path_template] [cluster clusters cluster_header redirect direct_response] [prefix_rewrite regex_rewrite path_template_rewrite];
    name: Text => "name", "The route's name, for logs and metrics";
    prefix: Text => "match.prefix", "Matches paths that start with this; `/` if no other path is given";
    path: Text => "match.path", "Matches exactly this path";
    path_separated_prefix: Text => "match.path_separated_prefix", "Matches `/api` and `/api/…`, but not `/apis`";
    regex: Text => "match.safe_regex.regex", "Matches paths as a whole by a regular expression";
    path_template: Text, "Matches paths such as `/users/{id}/*`";
    case_sensitive: Boolean => "match.case_sensitive", "Whether paths must match in upper and lower case; `true` by default";
    methods: List(&Text), "Matches these HTTP methods";
    headers: List(&Object(&HEADER_MATCH)), "Matches headers; all must match";
    query_parameters: List(&Object(&QUERY_MATCH)), "Matches query parameters; all must match";
    grpc: Boolean, "Matches gRPC requests only";
    cluster: Text, "Where to";
    clusters: List(&Short("name", &WEIGHTED_CLUSTER)), "Where to, when split over several: by weight, or in equal shares";
    cluster_header: Text => "route.cluster_header", "Where to: the name stands in this request header";
    redirect: Object(&REDIRECT), "Answer with a redirect";
    direct_response: Short("status", &DIRECT_RESPONSE), "Answer without a cluster";
    timeout: Duration => "route.timeout", "How long the whole response may take; Envoy's default is `15s`, `0s` is for ever";
    idle_timeout: Duration => "route.idle_timeout", "End requests on which nothing moves";
    max_stream_duration: Duration => "route.max_stream_duration.max_stream_duration", "How long a stream may live at all";
    retries: Object(&RETRIES), "When and how to try again";
    prefix_rewrite: Text => "route.prefix_rewrite", "Replaces the matched prefix or path";
    regex_rewrite: Object(&REGEX_REWRITE) => "route.regex_rewrite", "Rewrites the path by a regular expression";
    path_template_rewrite: Text, "Rewrites the path with the names of `path_template`";
    host_rewrite: Short("literal", &HOST_REWRITE), "Rewrites the `host` header";
    mirrors: List(&Short("cluster", &MIRROR)), "Clusters that get a copy of the requests";
    hash_policy: List(&Object(&HASH_POLICY)), "What to hash for `ring_hash` and `maglev`";
    subset: Map(&Text), "Only endpoints with this metadata";
    websocket: Boolean, "Allow websocket upgrades, or forbid them";
    request_headers: Object(&HEADER_EDITS), "Edits of the requests' headers";
    response_headers: Object(&HEADER_EDITS), "Edits of the responses' headers";
}

object! {
    /// One cluster of a split.
    WEIGHTED_CLUSTER: "a cluster of a split", "envoy.config.route.v3.WeightedCluster.ClusterWeight";
    name required: Text => "name", "The cluster's name";
    weight: Integer => "weight", "Its share of the sum of all weights";
    subset: Map(&Text), "Only endpoints with this metadata";
    request_headers: Object(&HEADER_EDITS), "Edits of the requests' headers";
    response_headers: Object(&HEADER_EDITS), "Edits of the responses' headers";
}

object! {
    /// A condition on a header.
    HEADER_MATCH: "a header match", "envoy.config.route.v3.HeaderMatcher";
    @one_of [exact prefix suffix contains regex range present];
    name required: Text => "name", "The header's name";
    exact: Text => "string_match.exact", "The whole value";
    prefix: Text => "string_match.prefix", "How the value starts";
    suffix: Text => "string_match.suffix", "How the value ends";
    contains: Text => "string_match.contains", "What the value contains";
    regex: Text => "string_match.safe_regex.regex", "A regular expression for the whole value";
    range: Object(&RANGE) => "range_match", "A number from `start` up to, but without, `end`";
    present: Boolean => "present_match", "Whether the header is there; `true` if nothing else is asked";
    ignore_case: Boolean => "string_match.ignore_case", "Compare without regard to case";
    invert: Boolean => "invert_match", "Match if this does not";
}

object! {
    /// A range of numbers.
    RANGE: "a range", "";
    start required: Integer => "start", "The first number";
    end required: Integer => "end", "One past the last";
}

object! {
    /// A condition on a query parameter.
    QUERY_MATCH: "a query parameter match", "envoy.config.route.v3.QueryParameterMatcher";
    @one_of [exact prefix suffix contains regex present];
    name required: Text => "name", "The parameter's name";
    exact: Text => "string_match.exact", "The whole value";
    prefix: Text => "string_match.prefix", "How the value starts";
    suffix: Text => "string_match.suffix", "How the value ends";
    contains: Text => "string_match.contains", "What the value contains";
    regex: Text => "string_match.safe_regex.regex", "A regular expression for the whole value";
    present: Boolean => "present_match", "Whether the parameter is there; `true` if nothing else is asked";
    ignore_case: Boolean => "string_match.ignore_case", "Compare without regard to case";
}

object! {
    /// A redirect.
    REDIRECT: "a redirect", "envoy.config.route.v3.RedirectAction";
    @one_of [path prefix_rewrite regex_rewrite];
    scheme: Text => "scheme_redirect", "The new scheme: `https`";
    host: Text => "host_redirect", "The new host";
    port: Integer => "port_redirect", "The new port";
    path: Text => "path_redirect", "The new path";
    prefix_rewrite: Text => "prefix_rewrite", "Replaces the matched prefix";
    regex_rewrite: Object(&REGEX_REWRITE) => "regex_rewrite", "Rewrites the path by a regular expression";
    status: Choice(&[("301", "MOVED_PERMANENTLY"), ("302", "FOUND"), ("303", "SEE_OTHER"), ("307", "TEMPORARY_REDIRECT"), ("308", "PERMANENT_REDIRECT")]) => "response_code", "The status; `301` by default";
    strip_query: Boolean => "strip_query", "Drop the query";
}

object! {
    /// A rewrite by regular expression.
    REGEX_REWRITE: "a regex rewrite", "envoy.type.matcher.v3.RegexMatchAndSubstitute";
    regex required: Text => "pattern.regex", "What to replace; groups in brackets";
    substitution required: Text => "substitution", "What to put there; `\\1` is the first group";
}

object! {
    /// A response made by Envoy itself.
    DIRECT_RESPONSE: "a direct response", "envoy.config.route.v3.DirectResponseAction";
    @one_of [body body_file];
    status required: Integer => "status", "The status";
    body: Text => "body.inline_string", "The body";
    body_file: Text => "body.filename", "A file on Envoy's machine with the body";
}

object! {
    /// Retries.
    RETRIES: "a retry policy", "envoy.config.route.v3.RetryPolicy";
    on required: List(&Text), "When: `5xx`, `gateway-error`, `connect-failure`, `reset`, `retriable-4xx`, `unavailable`, …";
    attempts: Integer => "num_retries", "How many more tries; Envoy's default is 1";
    per_try_timeout: Duration => "per_try_timeout", "How long one try may take";
    per_try_idle_timeout: Duration => "per_try_idle_timeout", "How long nothing may move in one try";
    statuses: List(&Integer) => "retriable_status_codes", "More statuses on which to try again";
    backoff: Object(&BACKOFF) => "retry_back_off", "The pause between tries";
    avoid_previous_hosts: Boolean, "Try another endpoint each time";
}

object! {
    /// The pause between tries.
    BACKOFF: "a backoff", "envoy.config.route.v3.RetryPolicy.RetryBackOff";
    base required: Duration => "base_interval", "The first pause";
    max: Duration => "max_interval", "The longest pause; ten times the first by default";
}

object! {
    /// The `host` header's rewriting.
    HOST_REWRITE: "a host rewrite", "";
    @one_of [literal auto header path_regex];
    literal: Text => "route.host_rewrite_literal", "The new host";
    auto: Boolean => "route.auto_host_rewrite", "The endpoint's host name";
    header: Text => "route.host_rewrite_header", "The value of this request header";
    path_regex: Object(&REGEX_REWRITE) => "route.host_rewrite_path_regex", "Made from the path";
}

object! {
    /// A copy of requests.
    MIRROR: "a mirror", "envoy.config.route.v3.RouteAction.RequestMirrorPolicy";
    cluster required: Text => "cluster", "The cluster that gets the copies; its responses are dropped";
    percent: Number, "How many of a hundred requests; all by default";
}

object! {
    /// What is hashed to pick an endpoint.
    HASH_POLICY: "a hash policy", "envoy.config.route.v3.RouteAction.HashPolicy";
    @one_of [header cookie query_parameter source_ip];
    header: Text => "header.header_name", "A request header";
    cookie: Short("name", &COOKIE) => "cookie", "A cookie";
    query_parameter: Text => "query_parameter.name", "A query parameter";
    source_ip: Boolean => "connection_properties.source_ip", "The client's address";
    terminal: Boolean => "terminal", "Stop here if this one gave a hash";
}

object! {
    /// A cookie to hash.
    COOKIE: "a cookie", "";
    name required: Text => "name", "The cookie's name";
    ttl: Duration => "ttl", "Set the cookie, for this long, if it is missing; `0s` for a session";
    path: Text => "path", "The path of the cookie that is set";
}

object! {
    /// Edits of headers.
    HEADER_EDITS: "header edits", "";
    set: Map(&Text), "Headers to set, whatever was there";
    add: Map(&Text), "Headers to add to what is there";
    add_if_absent: Map(&Text), "Headers to set where there are none";
    remove: List(&Text), "Headers to remove";
}
