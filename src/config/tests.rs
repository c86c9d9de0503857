use super::*;

fn sources(file: &str, environment: &[(&str, &str)]) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("muniment.toml");
    std::fs::write(&path, file).unwrap();
    let environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    (folder, Sources { file: Some(path), environment, flags: Vec::new() })
}

#[test]
fn flags_outweigh_the_environment_and_the_environment_outweighs_the_file() {
    let file = "[listen]\naddress = \"127.0.0.1:1\"\nworkers = 3\n[log]\nlevel = \"warn\"\n";
    let environment =
        [("MUNIMENT__LISTEN__ADDRESS", "127.0.0.1:2"), ("MUNIMENT__LOG__LEVEL", "debug"), ("PATH", "/bin")];
    let (_folder, mut sources) = sources(file, &environment);
    sources.flags = vec![("log.level", "trace".to_owned())];
    let config = Config::resolve(&sources).unwrap();
    assert_eq!(config.address.port(), 2);
    assert_eq!(config.workers, Some(3));
    assert_eq!(config.log_level, "trace");
    let origin = |name| config.show().iter().find(|shown| shown.name == name).unwrap().origin;
    assert_eq!(origin("listen.workers"), Origin::File);
    assert_eq!(origin("listen.address"), Origin::Environment);
    assert_eq!(origin("log.level"), Origin::Flag);
    assert_eq!(origin("log.format"), Origin::Default);
}

#[test]
fn a_level_that_the_log_does_not_know_is_refused() {
    for wrong in ["loud", "muniment=loud,===", " ", "info,="] {
        let (_folder, mut sources) = sources("", &[]);
        sources.flags = vec![("log.level", wrong.to_owned())];
        let refused = Config::resolve(&sources);
        assert!(matches!(refused, Err(ConfigError::Invalid { setting: "log.level", .. })), "{wrong}");
    }
}

#[test]
fn a_misspelt_setting_is_refused_by_name() {
    let (_folder, sources) = sources("[listen]\nadress = \"127.0.0.1:1\"\n", &[]);
    let refused = Config::resolve(&sources).unwrap_err();
    assert!(matches!(refused, ConfigError::Unknown { setting } if setting == "listen.adress"));
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_line_and_column() {
    let (_folder, sources) = sources("[listen]\naddress = = 3\n", &[]);
    let refused = Config::resolve(&sources).unwrap_err();
    assert!(matches!(refused, ConfigError::NotToml { line: 2, column: 11, .. }), "{refused}");
}

#[test]
fn a_secret_may_lie_in_a_file_and_is_never_shown() {
    let (folder, mut sources) = sources("", &[]);
    let secret = folder.path().join("url");
    std::fs::write(&secret, "postgres://archive:hunter2@db/archive\n").unwrap();
    sources.environment =
        vec![("MUNIMENT__DATABASE__URL_FILE".to_owned(), secret.to_string_lossy().into_owned())];
    let config = Config::resolve(&sources).unwrap();
    assert_eq!(config.database_url.as_ref().unwrap().expose(), "postgres://archive:hunter2@db/archive");
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn an_address_that_others_reach_needs_tls_here_or_in_a_proxy() {
    for (address, tls, proxy, allowed) in [
        ("127.0.0.1:80", false, false, true),
        ("[::1]:80", false, false, true),
        ("0.0.0.0:80", false, false, false),
        ("192.168.1.4:80", false, false, false),
        ("[::]:80", false, false, false),
        ("0.0.0.0:80", true, false, true),
        ("0.0.0.0:80", false, true, true),
    ] {
        let address: SocketAddr = address.parse().unwrap();
        assert_eq!(check_address(address, tls, proxy).is_ok(), allowed, "{address} {tls} {proxy}");
    }
}

#[test]
fn a_certificate_without_its_key_is_refused() {
    let (_folder, sources) = sources("[listen]\ntls_certificate = \"a.pem\"\n", &[]);
    assert!(matches!(Config::resolve(&sources), Err(ConfigError::Needs { needs: "listen.tls_key", .. })));
}

#[test]
fn values_of_another_kind_are_refused_by_the_settings_name() {
    for (name, value) in [
        ("MUNIMENT__LISTEN__WORKERS", "0"),
        ("MUNIMENT__LISTEN__WORKERS", "many"),
        ("MUNIMENT__LISTEN__ADDRESS", "localhost"),
        ("MUNIMENT__LISTEN__BEHIND_PROXY", "perhaps"),
        ("MUNIMENT__LOG__FORMAT", "xml"),
        ("MUNIMENT__LIMITS__CONNECTIONS", "3"),
        ("MUNIMENT__LIMITS__REQUESTS_PER_MINUTE", "-1"),
    ] {
        let (_folder, sources) = sources("", &[(name, value)]);
        assert!(matches!(Config::resolve(&sources), Err(ConfigError::Invalid { .. })), "{name}={value}");
    }
}
