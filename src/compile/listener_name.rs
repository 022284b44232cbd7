//! A name for a listener that has none: Envoy makes one up for a static listener, and a resource cannot be without.

use std::rc::Rc;

use crate::check::View;
use crate::schema::Message;
use crate::spec::{Diagnostic, Diagnostics, Entry, Key, Scalar, Text, Tree, Value, codes, mend};

/// Names a listener after its address, with a warning, if it has an address but no name.
pub(super) fn fill_in(tree: &mut Tree, message: &Rc<Message>, text: &Text, out: &mut Diagnostics) {
    let view = View::new(tree, message.clone());
    let is_named = view.value("name").is_some_and(|it| it.text().is_none_or(|it| !it.is_empty()));
    let Some(name) = of_address(&view).filter(|_| !is_named) else { return };
    let (entry, span) = (view.entry("name"), view.start());
    let quoted = serde_json::Value::from(&*name).to_string();
    let edits = match entry {
        Some(it) => mend::replace(text, it.value.span, &quoted),
        None => mend::first_entry(text, tree, "name", &quoted),
    };
    let words = format!("the listener has no name: it is called `{name}`, after its address");
    let help = format!("write `name: {name}`, so that a change of its address is not taken for another listener");
    let warning = Diagnostic::warning(codes::NAMELESS_LISTENER, text, span, words).help(help);
    out.push(warning.fix_if(format!("write `name: {name}`"), edits));
    let Value::Mapping(entries) = &mut tree.value else { return };
    entries.retain(|it| message.find(&it.key.text) != message.find("name"));
    let value = Tree { span, value: Value::Scalar(Scalar { text: name.into(), quoted: true }) };
    entries.insert(0, Entry { key: Key { span, text: "name".into() }, value });
}

/// `127.0.0.1_8080`, `127.0.0.1_8080_udp`, or the path of a socket.
fn of_address(view: &View<'_>) -> Option<String> {
    const UDP: i32 = 1;
    let address = view.message("address")?;
    if let Some(pipe) = address.message("pipe") {
        return pipe.text("path").map(|it| it.to_string());
    }
    let socket = address.message("socket_address")?;
    let port = socket.text("port_value").or_else(|| socket.text("named_port"))?;
    let protocol = if socket.choice("protocol") == UDP { "_udp" } else { "" };
    Some(format!("{}_{port}{protocol}", socket.text("address")?))
}
