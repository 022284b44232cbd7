//! Streams: node, type URLs, order, views (groups A, G, H, O).

use super::script::check;

#[test]
fn p1_p232_p233_streams_of_one_node_are_independent() {
    check(
        "sotw
        delta
        = 1 CDS a
        > CDS
        < CDS a
        2> CDS
        2< CDS a
        2> CDS ack
        2settled 1
        settled no
        = 2 CDS a:2
        2< CDS a:2
        <
        > CDS ack
        < CDS a:2
        > CDS ack
        2> CDS ack",
    );
}

#[test]
fn p3_p4_a_singleton_stream_has_one_type() {
    use crate::resource::Node;
    use crate::subscription::*;

    let request = |type_url: &str| Request {
        type_url: type_url.into(),
        node: Some(Node { id: "n1".into(), ..Node::default() }),
        nonce: String::new(),
        error: None,
        body: Body::Sotw { version_info: String::new(), names: Vec::new().into() },
    };
    let kind = super::script::kind("CDS").unwrap();
    let ask = |scope: &Scope, type_url: &str| {
        let mut stream = Stream::new(1, Protocol::Sotw, scope.clone(), Limits::default());
        stream.handle_request(request(type_url), super::script::start()).map_err(|it| it.code)
    };
    let cds = Scope::Only(kind.clone());
    assert!(ask(&cds, "").is_ok());
    assert!(ask(&cds, kind.url()).is_ok());
    assert_eq!(ask(&cds, "type.googleapis.com/envoy.config.listener.v3.Listener"), Err(MisuseCode::InvalidArgument));
    assert_eq!(ask(&Scope::Aggregated, ""), Err(MisuseCode::InvalidArgument));
    assert!(ask(&Scope::Aggregated, kind.url()).is_ok());
    assert!(ask(&Scope::Aggregated, "x").is_ok());
}

#[test]
fn p6_an_unknown_type_harms_no_other() {
    check(
        "sotw
        = 1 CDS a
        > url:x.y/Z z
        * unknown-type x.y/Z
        <
        > CDS
        < CDS a
        > CDS ack
        settled 1
        = 2 url:x.y/Z z
        < url:x.y/Z z
        > url:x.y/Z ack",
    );
    check(
        "delta\n = 1 CDS a\n > url:x.y/Z +z\n < url:x.y/Z -z\n > url:x.y/Z ack\n > url:x.y/W\n < url:x.y/W\n > url:x.y/W ack",
    );
}

#[test]
fn p7_p8_the_node_is_named_once() {
    check("sotw\n node n7\n = 1 CDS a\n > CDS\n < CDS a\n > CDS ack\n > EDS x\n node n7\n > LDS l\n *! node\n < LDS");
}

#[test]
fn p9_a_stream_without_a_node_ends() {
    check("sotw\n node -\n > CDS\n ! INVALID_ARGUMENT node:");
    check("delta\n node cluster=c\n > CDS\n ! INVALID_ARGUMENT node.id");
}

#[test]
fn p10_a_node_does_not_change() {
    let start = "sotw\n node n1 cluster=c x=1\n > CDS\n";
    check(&format!("{start} node n2 cluster=c\n > CDS\n ! INVALID_ARGUMENT node.id"));
    check(&format!("{start} node n1 cluster=d\n > CDS\n ! INVALID_ARGUMENT node.cluster"));
    check(&format!("{start} node n1 cluster=c x=2\n > CDS\n * node-changed"));
    check(&format!("{start} node n1 cluster=c x=1\n > CDS\n *! node-changed"));
}

#[test]
fn p15_misuse_ends_one_stream_only() {
    check(
        "sotw
        sotw
        > CDS
        node n9
        > CDS
        ! INVALID_ARGUMENT
        = 1 CDS a
        2> CDS
        2< CDS a
        2> CDS ack
        < CDS a",
    );
}

#[test]
fn p19_p20_before_the_first_view_nothing_is_sent() {
    check(
        "sotw
        delta
        > CDS
        > EDS a
        > LDS l
        2> CDS
        2> EDS +a
        <
        2<
        + 60s
        <
        2<
        settled no
        timeout none
        = 1 CDS a | EDS a | LDS
        < CDS a
        < EDS a
        < LDS
        2< CDS a
        2< EDS a",
    );
}

#[test]
fn p129_p133_responses_go_in_wire_order() {
    check(
        "sotw
        > url:x.y/Z z
        > VHDS v
        > RDS r
        > SRDS
        > LDS
        > ECDS x
        > EDS a
        > CDS
        > SDS s
        > RTDS t
        = 1 RTDS t | SDS s | CDS a>a | EDS a | ECDS x | LDS l | SRDS s | RDS r | VHDS v | url:x.y/Z z
        < RTDS t
        < SDS s
        < CDS a
        < EDS a
        < ECDS x
        < LDS l
        < SRDS s
        < RDS r
        < VHDS v
        < url:x.y/Z z",
    );
}

#[test]
fn p130_endpoints_do_not_precede_their_cluster() {
    check(
        "delta
        = 1 CDS a>a | EDS a
        > CDS
        < CDS a
        > CDS ack
        > EDS +a +b
        < EDS a -b
        > EDS ack
        = 2 CDS a>a b>b | EDS a b
        < CDS b
        < EDS b
        > CDS ack
        > EDS ack",
    );
}

#[test]
fn p135_p137_a_newer_view_mid_way_starts_again_at_clusters() {
    check(
        "sotw
        = 1 CDS a | LDS l | RDS r
        > CDS
        > LDS
        > RDS r
        < CDS a
        < LDS l
        < RDS r
        > CDS ack
        > LDS ack
        > RDS ack
        = 2 CDS a:2 | LDS l:2 | RDS r:2
        < CDS a:2
        > CDS ack
        = 3 CDS a:3 | LDS l:3 | RDS r:3
        < CDS a:3 gen=3
        < LDS l:3 gen=3
        < RDS r:3 gen=3",
    );
}

#[test]
fn p136_p137_routes_wait_for_their_clusters_but_not_for_ever() {
    let start = "sotw
        = 1 CDS a | RDS r
        > CDS
        > RDS r
        < CDS a
        < RDS r
        > CDS ack
        > RDS ack
        = 2 CDS a:2
        < CDS a:2
        = 3 CDS a:3 | RDS r:3
        <
        timeout 2s
        ";
    check(&format!("{start}\n + 500ms\n timeout 1500ms\n > CDS ack\n < CDS a:3\n < RDS r:3"));
    check(&format!("{start}\n + 1999ms\n <\n + 1ms\n < RDS r:3\n timeout none\n > CDS ack\n < CDS a:3"));
}

#[test]
fn p141_p142_state_is_per_type() {
    check(
        "sotw
        = 1 CDS a | EDS a
        > CDS
        < CDS a
        > EDS a
        < EDS a
        > EDS nack
        > CDS ack
        * acked CDS
        = 2 CDS a:2
        < CDS a:2
        > CDS ack
        <",
    );
}

#[test]
fn p144_versions_are_equal_in_both_protocols() {
    check("sotw\n delta\n = 1 CDS a b\n > CDS\n < CDS a b v=$ab\n 2> CDS\n 2< CDS a b v=$ab");
}
