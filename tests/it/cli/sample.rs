//! The sample configuration: every setting that there is stands in it, and what stands in it is one.

use std::{fs, path::Path};

use tingsu::boot::RawConfig;

#[test]
fn the_sample_names_every_setting() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let text = fs::read_to_string(deploy.join("tingsu.toml")).unwrap();
    // What is commented out is a setting too.
    let is_setting = |line: &str| {
        let key = line.split(" = ").next().unwrap_or_default();
        line.starts_with('[') || (line.contains(" = ") && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    };
    let open = |line: &str| match line.strip_prefix("# ").filter(|rest| is_setting(rest)) {
        Some(rest) => rest.to_owned(),
        None => line.to_owned(),
    };
    let all = tempfile::TempDir::new().unwrap();
    let path = all.path().join("tingsu.toml");
    fs::write(&path, text.lines().map(open).collect::<Vec<_>>().join("\n")).unwrap();
    // Without `..`: a new setting does not compile before it is here.
    let RawConfig {
        data,
        city,
        model,
        listen,
        insecure,
        tls_cert,
        tls_key,
        trusted_proxies,
        triage_deadline_ms,
        queue,
        threads,
        body_limit,
        brief,
        rephrase,
    } = RawConfig::read(&path).unwrap();
    let named = [
        ("data", data.is_some()),
        ("city", city.is_some()),
        ("model", model.is_some()),
        ("listen", listen.is_some()),
        ("insecure", insecure.is_some()),
        ("tls_cert", tls_cert.is_some()),
        ("tls_key", tls_key.is_some()),
        ("trusted_proxies", trusted_proxies.is_some()),
        ("triage_deadline_ms", triage_deadline_ms.is_some()),
        ("queue", queue.is_some()),
        ("threads", threads.is_some()),
        ("body_limit", body_limit.is_some()),
        ("brief", brief.is_some()),
        ("rephrase", rephrase.is_some()),
    ];
    let missing: Vec<&str> = named.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect();
    assert!(missing.is_empty(), "deploy/tingsu.toml does not name {missing:?}");
    for variable in ["TINGSU_CONFIG", "TINGSU_DATA", "TINGSU_CITY", "TINGSU_MODEL", "TINGSU_LISTEN", "TINGSU_LOG"] {
        assert!(text.contains(variable), "{variable}");
    }
}
