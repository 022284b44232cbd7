//! Help, version, usage errors, `bootstrap`; and `docs/cli.md`, which prints every help text.
//!
//! `UPDATE_DOCS=1 cargo test --test it cli::help` writes the page's help texts anew.

use std::fmt::Write;

use super::world::World;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cli.md");
const COMMANDS: [&str; 14] = [
    "check",
    "serve",
    "demo",
    "plan",
    "history",
    "rollout",
    "wait",
    "render",
    "bootstrap",
    "explain",
    "schema",
    "fix",
    "import",
    "healthcheck",
];

#[tokio::test]
async fn help_and_version_are_data() {
    let world = World::new();
    let top = world.check("--help", 0).await;
    assert_eq!(top.err, "");
    for command in COMMANDS {
        assert!(top.out.contains(command));
        for line in [format!("{command} --help"), format!("{command} -h"), format!("help {command}")] {
            let help = world.check(&line, 0).await;
            assert!(help.out.contains(&format!("Usage: chancery {command}")) && help.err.is_empty(), "{help:?}");
        }
    }
    assert!(world.check("validate missing.yaml", 1).await.err.contains("CH0001"), "the other name of `check`");
    let version = world.check("--version", 0).await;
    assert_eq!(version.out, concat!("chancery ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[tokio::test]
async fn a_wrong_command_line_is_64_and_talk() {
    let world = World::new();
    for (line, said) in [
        ("", "Usage: chancery <COMMAND>"),
        ("--nope", "unexpected argument '--nope'"),
        ("srve", "'serve'"),
        ("serve --nope", "unexpected argument '--nope'"),
        ("serve --quiet-ms x", "--quiet-ms"),
        ("serve --poll-ms 1", "--poll-ms"),
        ("serve --drain-seconds=-1", "--drain-seconds"),
        ("serve --drain-seconds=nan", "between 0 and 86400"),
        ("serve --listen localhost", "--listen"),
        ("serve --canary 0%", "--canary"),
        ("serve --canary edge-1", "a document's `rollout:`"),
        ("serve --bake 30", "--bake"),
        ("serve --linger 8d", "a week"),
        ("serve --ack-timeout 0s", "--ack-timeout"),
        ("serve --stage-timeout 0s", "--stage-timeout"),
        ("serve --on-nack stop", "rollback, hold, ignore"),
        ("serve --on-silence stop", "proceed, hold"),
        ("serve --delivery slow", "staged, direct"),
        ("serve --log-level a=b=c", "--log-level"),
        ("render --transport rest", "ads, grpc, delta-grpc"),
        ("render --metadata x", "PATH=VALUE"),
        ("serve --admin-listen nowhere", "--admin-listen"),
        ("healthcheck --timeout-ms soon", "--timeout-ms"),
        ("wait --generation newest", "a number, or `latest`"),
        ("wait --nodes edge-*", "write `id=edge-*`"),
        ("wait --share 101%", "0% to 100%"),
        ("wait --share 50", "0% to 100%"),
        ("wait --timeout 60", "--timeout"),
        ("rollout stop", "pause, resume, promote, abort"),
        ("bootstrap", "--node-id"),
        ("bootstrap --node-id a --mode rest", "ads, delta-ads, grpc, delta"),
        ("bootstrap --node-id a --server nowhere", "--server"),
    ] {
        let ended = world.check(line, 64).await;
        assert!(ended.err.contains(said) && ended.out.is_empty(), "{line}: {ended:?}");
    }
}

#[tokio::test]
async fn a_faulty_variable_is_named_unless_the_flag_is_to_blame() {
    let world = World::new();
    for (line, variable) in [
        ("CHANCERY_QUIET_MS=x serve", "CHANCERY_QUIET_MS"),
        ("CHANCERY_LISTEN=:18000 serve", "CHANCERY_LISTEN"),
        ("CHANCERY_FORCE_POLL=perhaps serve", "CHANCERY_FORCE_POLL"),
        ("CHANCERY_LOG=xml serve", "CHANCERY_LOG"),
        ("CHANCERY_WARM_UP=x serve", "CHANCERY_WARM_UP"),
        ("CHANCERY_CANARY=x serve", "CHANCERY_CANARY"),
        ("CHANCERY_LOG_LEVEL=a=b=c serve", "CHANCERY_LOG_LEVEL"),
        ("SERVER_PORT=99999 serve", "SERVER_PORT"),
        ("SERVER_PORT= serve", "SERVER_PORT"),
        ("SERVER_PORT=x healthcheck", "SERVER_PORT"),
        ("SERVER_PORT=x -nodeID a", "SERVER_PORT"),
        ("RESOURCES_FILE= render", "RESOURCES_FILE"),
    ] {
        let ended = world.check(line, 64).await;
        let told = format!("The value comes from the environment: {variable}\n");
        assert!(ended.err.ends_with(&told), "{line}: {ended:?}");
    }
    let ended = world.check("CHANCERY_QUIET_MS=5 serve --quiet-ms=x", 64).await;
    assert!(!ended.err.contains("environment"), "{ended:?}");
}

#[tokio::test]
async fn bootstrap_prints_yaml_for_every_mode() {
    let world = World::new();
    for mode in ["ads", "delta-ads", "grpc", "delta"] {
        let ended = world.check(&format!("bootstrap --node-id edge-1 --mode {mode}"), 0).await;
        assert!(ended.out.contains("id: edge-1") && ended.err.is_empty(), "{ended:?}");
        assert_eq!(ended.out.contains("ads: {}"), mode.ends_with("ads"), "{ended:?}");
        assert_eq!(ended.out.contains("api_type: DELTA_GRPC"), mode.starts_with("delta"), "{ended:?}");
        // A bootstrap is a document too; this one has no static resources but the way here.
        world.write("bootstrap.yaml", &ended.out);
        let rendered = world.run("render bootstrap.yaml").await;
        assert!(!rendered.err.contains("CH1001") && !rendered.err.contains("panicked"), "{rendered:?}");
    }
}

#[tokio::test]
async fn the_page_of_rollouts_has_the_defaults_of_the_help_text() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rollout.md");
    let page = std::fs::read_to_string(page).unwrap();
    let help = World::new().check("serve --help", 0).await.out;
    let rows = page.lines().filter_map(|it| it.strip_prefix("| `--")?.split_once(" | `"));
    let mut seen = 0;
    for (flags, default) in rows {
        let (flag, default) = (flags.split([' ', '`']).next().unwrap(), default.split('`').next().unwrap());
        let text = help.split("\n      --").find(|it| it.split(' ').next() == Some(flag)).expect(flag);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&format!("[default: {default}]")), "--{flag}: {default} is not in: {words}");
        seen += 1;
    }
    assert_eq!(seen, 9);
}

#[tokio::test]
async fn the_page_prints_every_help_text() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (open, close) = ("<!-- help -->\n", "<!-- /help -->");
    let (before, rest) = page.split_once(open).unwrap();
    let (_, after) = rest.split_once(close).unwrap();
    let world = World::new();
    let mut texts = String::new();
    for command in [""].iter().chain(&COMMANDS).chain(&["history show", "bootstrap lint"]) {
        let help = world.check(&format!("{command} --help"), 0).await.out;
        let title = format!("chancery {command}");
        write!(texts, "### {}\n\n```text\n{help}```\n\n", title.trim_end()).unwrap();
    }
    let fresh = format!("{before}{open}{texts}{close}{after}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, fresh).unwrap();
    } else {
        assert!(fresh == page, "run: UPDATE_DOCS=1 cargo test --test it cli::help");
    }
}
