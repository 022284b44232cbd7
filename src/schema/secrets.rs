//! Names that tell of a secret: of fields that hold one, and of headers, parameters and keys whose values are one.
//!
//! Envoy's API marks some such fields, and forgets others. Where in doubt a value counts as secret. Leaves to others what
//! becomes of it: `compile::redact` hides it, the encoder does not repeat it in a diagnostic.

use prost_reflect::{FieldDescriptor, Kind};

/// How the names of fields end that hold a secret.
const FIELDS: &[&str] = &[
    "access_key",
    "api_key",
    "credentials",
    "json_key",
    "passphrase",
    "password",
    "passwords",
    "private_key",
    "secret",
    "secrets",
    "token",
];

/// Messages whose fields look like secrets and are none: they hold names of cookies.
const NAMES_ONLY: &[&str] = &["envoy.extensions.filters.http.oauth2.v3.OAuth2Credentials.CookieNames"];

/// Fields that hold a program or its settings: how the name of the message ends, and the field's name. After `*` stands
/// how the fields of a whole package end.
const CODE: &[(&str, &str)] = &[
    (".Lua", "default_source_code"),
    (".Lua", "inline_code"),
    (".Lua", "source_code"),
    (".Lua", "source_codes"),
    (".LuaPerRoute", "source_code"),
    (".LuaConfig", "source_code"),
    (".wasm.v3.VmConfig", "code"),
    (".wasm.v3.VmConfig", "configuration"),
    (".wasm.v3.PluginConfig", "configuration"),
    (".DynamicModuleConfig", "module"),
    ("dynamic_modules", "*_config"),
];

/// What a name has in it, anywhere, if its value is a credential.
const CONTAINED: &[&str] =
    &["apikey", "authorization", "cookie", "credential", "passphrase", "passwd", "password", "secret", "token"];

/// The same of whole words of a name.
const WORDS: &[&str] =
    &["auth", "bearer", "hmac", "jwt", "private", "pwd", "session", "sessionid", "sid", "sig", "signature"];

/// What a key is for if it is a secret: `x-api-key`, `subscription_key`.
const KEYS: &[&str] = &[
    "access",
    "account",
    "api",
    "auth",
    "client",
    "encryption",
    "functions",
    "host",
    "master",
    "private",
    "secret",
    "session",
    "shared",
    "signing",
    "subscription",
];

/// The last word of a name whose value only tells of a secret: where it is, what it is called, of what kind it is.
const ABOUT: &[&str] =
    &["endpoint", "file", "filename", "header", "name", "names", "path", "prefix", "ttl", "type", "uri", "url"];

/// Fields by which a message names a header, a parameter or a key.
const NAMING: &[&str] = &[
    "cookie",
    "descriptor_key",
    "header",
    "header_name",
    "key",
    "name",
    "object_key",
    "query_param",
    "query_parameter_name",
];

/// Fields of the same message that hold its value, or say what it is to be.
const VALUES: &[&str] = &[
    "contains_match",
    "custom_match",
    "default_value",
    "descriptor_value",
    "exact",
    "exact_match",
    "exact_match_map",
    "format_string",
    "prefix_match",
    "prefix_match_map",
    "range_match",
    "raw_value",
    "safe_regex",
    "safe_regex_match",
    "string_match",
    "string_value",
    "suffix_match",
    "value",
    "value_format",
    "value_match",
];

/// Whether a field holds a secret by its name: a text, bytes, or a source of data.
pub(super) fn is_secret_field(field: &FieldDescriptor) -> bool {
    let holds_text = match field.kind() {
        Kind::String | Kind::Bytes => true,
        Kind::Message(it) => it.name().ends_with("DataSource"),
        _ => false,
    };
    let name = field.name();
    let ends = |it: &&str| name.strip_suffix(*it).is_some_and(|before| before.is_empty() || before.ends_with('_'));
    holds_text && FIELDS.iter().any(ends) && !NAMES_ONLY.contains(&field.parent_message().full_name())
}

/// Whether a field holds a program or its settings.
pub(super) fn is_code_field(field: &FieldDescriptor) -> bool {
    let is_any = || matches!(field.kind(), Kind::Message(it) if it.full_name() == "google.protobuf.Any");
    let message = field.parent_message();
    CODE.iter().any(|(of, name)| match name.strip_prefix('*') {
        Some(ending) => message.full_name().contains(of) && field.name().ends_with(ending) && is_any(),
        None => message.full_name().ends_with(of) && field.name() == *name,
    })
}

/// Whether what has this name is a credential: a header, a parameter, a key of free-form data.
pub(crate) fn is_credential(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else { return false };
    if ABOUT.contains(&last.as_str()) {
        return false;
    }
    let plain = words.concat();
    let before = words.iter().rev().nth(1);
    CONTAINED.iter().any(|it| plain.contains(it))
        || words.iter().any(|it| WORDS.contains(&it.as_str()))
        || last == "key" && before.is_some_and(|it| KEYS.contains(&it.as_str()))
}

/// Whether this field names a header, a parameter or a key.
pub(crate) fn is_naming(field: &str) -> bool {
    NAMING.contains(&field)
}

/// Whether this field holds the value of what another one names.
pub(crate) fn is_value(field: &str) -> bool {
    VALUES.contains(&field)
}

/// The words of a name, in lower case: `x-api-key` has three, and so has `xApiKey`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for char in name.chars() {
        let is_new = !char.is_alphanumeric() || was_lower && char.is_uppercase();
        if is_new && words.last().is_some_and(|it| !it.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| char.is_alphanumeric()) {
            word.extend(char.to_lowercase());
        }
        was_lower = char.is_lowercase() || char.is_ascii_digit();
    }
    words.retain(|it| !it.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::super::Schema;
    use super::*;

    #[test]
    fn names_of_credentials() {
        for name in [
            "Authorization",
            "proxy-authorization",
            "cookie",
            "Set-Cookie",
            "x-api-key",
            "api_key",
            "apiKey",
            "APIKEY",
            "token",
            "access_token",
            "X-Auth-Token",
            "client_secret",
            "password",
            "db_passwd",
            "x-credential",
            "aws_secret_access_key",
            "private_key",
            "Ocp-Apim-Subscription-Key",
            "X-Amz-Signature",
            "sid",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in [
            "",
            ":authority",
            ":path",
            "host",
            "key",
            "x-request-id",
            "cache-key",
            "author",
            "accept",
            "user-agent",
            "token_path",
            "password_file",
            "secret_name",
            "x-envoy-retry-on",
            "routing_key",
            "content-security-policy",
        ] {
            assert!(!is_credential(name), "{name}");
        }
    }

    /// What is a secret by its name alone: read the list when the API changes.
    #[test]
    fn fields_that_the_api_forgot_to_mark() {
        let schema = Schema::here();
        let messages = schema.pool.all_messages().filter(|it| it.full_name().contains(".v3."));
        let fields = messages.flat_map(|it| it.fields().collect::<Vec<_>>());
        let mut found: Vec<_> = fields
            .filter(|it| is_secret_field(it) && it.full_name().starts_with("envoy.extensions"))
            .map(|it| it.full_name().trim_start_matches("envoy.extensions.").to_owned())
            .collect();
        found.sort();
        for part in ["AccessTokenCredentials.token", "ServiceAccountJwtAccessCredentials.json_key"] {
            assert!(found.iter().any(|it| it.ends_with(part)), "{part}: {found:#?}");
        }
        assert!(!found.iter().any(|it| it.contains("CookieNames")), "{found:#?}");
    }
}
