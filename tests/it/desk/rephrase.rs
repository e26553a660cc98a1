//! A brief in a language model's words: shown, accepted by a person, taken back; lies and broken answers cost
//! nothing; public addresses are never asked.

use tingsu::{domain::brief::BriefState, report::edit::Edit, store::verify_ledger};

use super::{
    briefs::{analyst, fill, first_place, kind, weekly},
    language_model::{FakeModel, Mood},
    *,
};

async fn with_model(mood: Mood) -> (TestDesk, FakeModel) {
    let model = FakeModel::start(mood).await;
    let config = DeskConfig { chat: Some(model.chat()), ..DeskConfig::default() };
    let t = TestDesk::with(config, PackSource::Embedded).await;
    fill(t.dir.path()).await;
    (t, model)
}

#[tokio::test(flavor = "multi_thread")]
async fn other_words_are_shown_accepted_by_a_person_and_taken_back() {
    let honest: fn(&str, &str) -> String =
        |_, text| text.replace("共收到", "累计收到").replace("按诉求类型分", "从诉求类型看");
    let (t, model) = with_model(Mood::Says(honest)).await;
    let brief = t.desk.make_brief(&analyst("周研判"), &weekly()).await.unwrap().brief;
    let asked = t.desk.rephrase_brief(&analyst("周研判"), &brief.id, Some(1), "s1").await.unwrap();
    assert!(asked.holds(), "{:?}", asked.places);
    assert!(
        asked.places[0].pieces.iter().any(|p| p.text == "累计" || p.text.contains("累计")),
        "{:?}",
        asked.places[0].pieces
    );

    // what left the process: tokens instead of figures and quotes, no name of a person
    let (headers, body) = model.asked();
    assert_eq!(headers["authorization"], "Bearer s3cret");
    assert_eq!(
        (&body["model"], &body["temperature"], &body["stream"]),
        (&"qwen-test".into(), &0.into(), &false.into())
    );
    let user = body["messages"][1]["content"].as_str().unwrap();
    assert!(user.contains("{Q1}") && !user.contains(&brief.figures[0].shown), "{user}");

    // nothing changed yet; a person accepts
    assert_eq!(t.desk.brief(&brief.id, None).await.unwrap(), brief);
    let stranger = Actor::person("受理员", Role::Operator);
    assert_eq!(
        kind(t.desk.accept_rephrasing(&stranger, &brief.id, asked.number, Some(1)).await).0,
        FaultKind::Forbidden
    );
    let new = t.desk.accept_rephrasing(&analyst("周研判"), &brief.id, asked.number, Some(1)).await.unwrap();
    let last = new.history.last().unwrap();
    assert_eq!((new.state, last.author.as_str(), new.figures == brief.figures), (BriefState::Edited, "周研判", true));
    assert!(last.note.contains("rephrased by qwen-test"), "{}", last.note);
    assert!(first_place(&new).1.contains("累计收到"));
    assert_eq!(
        kind(t.desk.accept_rephrasing(&analyst("吴"), &brief.id, asked.number, None).await).0,
        FaultKind::Conflict
    );
    assert_eq!(kind(t.desk.check_brief(&analyst("周研判"), &brief.id, None).await).0, FaultKind::Forbidden);
    let listed = t.desk.rephrasings(&brief.id).await.unwrap();
    assert_eq!((listed.len(), listed[0].accepted), (1, Some(2)));

    // the rules' own text comes back word for word
    let back = t.desk.restore_section(&analyst("周研判"), &brief.id, "s1", Some(2)).await.unwrap();
    assert_eq!(back.sections, brief.sections);
    assert_eq!(kind(t.desk.restore_section(&analyst("周研判"), &brief.id, "s1", None).await).0, FaultKind::Conflict);
    let check = t.desk.recheck_brief(&brief.id).await.unwrap();
    assert!(check.chain.is_empty() && check.stale.is_empty());

    // a text that was changed in between is not overwritten
    let asked = t.desk.rephrase_brief(&analyst("周研判"), &brief.id, None, "s1").await.unwrap();
    let (place, text) = first_place(&back);
    let edits = [Edit { place, text: text.replace("共收到", "总共收到") }];
    t.desk.edit_brief(&analyst("吴"), &brief.id, None, &edits).await.unwrap();
    let late = t.desk.accept_rephrasing(&analyst("周研判"), &brief.id, asked.number, None).await;
    assert_eq!(kind(late).0, FaultKind::Conflict);
    let store = SqliteStore::open(&t.dir.path().join("tingsu.db")).await.unwrap();
    let acts: Vec<String> = store.audit(None, 100).await.unwrap().into_iter().map(|l| l.action).collect();
    for act in ["brief_rephrase", "brief_rephrase_accept", "brief_restore"] {
        assert!(acts.iter().any(|a| a == act), "{act} in {acts:?}");
    }
    assert_eq!(verify_ledger(&store).await.unwrap().broken, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_model_is_shown_as_such_and_never_accepted() {
    type Lie = fn(&str, &str) -> String;
    let lies: [(&str, Lie); 7] = [
        ("数字", |_, t| t.replace("共收到", "共300件,收到")),
        ("数字", |_, t| t.replace("共收到", "共三百余件,收到")),
        ("数字", |_, t| t.replace("共收到", "共３００件,收到")),
        ("缺少数据标记", |_, t| t.replacen("{Q1}", "", 1)),
        ("次序", |_, t| t.replacen("{Q1}", "{Q0}", 1).replacen("{Q2}", "{Q1}", 1).replacen("{Q0}", "{Q2}", 1)),
        ("望江小区", |_, t| t.replace("共收到", "望江小区等处共收到")),
        ("引文", |_, t| t.replace("共收到", "“天天停水”,共收到")),
    ];
    let (t, model) = with_model(Mood::Says(lies[0].1)).await;
    let brief = t.desk.make_brief(&analyst("周研判"), &weekly()).await.unwrap().brief;
    for (why, lie) in lies {
        model.mood(Mood::Says(lie));
        let asked = t.desk.rephrase_brief(&analyst("周研判"), &brief.id, None, "s1").await.unwrap();
        let said: Vec<String> = asked.places.iter().flat_map(|p| &p.objections).map(ToString::to_string).collect();
        assert!(!asked.holds() && said.iter().any(|o| o.contains(why)), "wanted {why} in {said:?}");
        let (refused, message) =
            kind(t.desk.accept_rephrasing(&analyst("周研判"), &brief.id, asked.number, None).await);
        assert!(refused == FaultKind::Invalid && message.contains("不能采用"), "{message}");
    }
    assert_eq!(t.desk.brief(&brief.id, None).await.unwrap(), brief, "not a word was taken over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_model_costs_nothing_but_a_message() {
    let (t, model) = with_model(Mood::Words("好的,我来改写。")).await;
    let brief = t.desk.make_brief(&analyst("周研判"), &weekly()).await.unwrap().brief;
    let ask = async |mood: Mood| {
        model.mood(mood);
        kind(t.desk.rephrase_brief(&analyst("周研判"), &brief.id, None, "s1").await)
    };
    for (mood, wanted) in [
        (Mood::Words("好的,我来改写。"), "没有按约定答复"),
        (Mood::Rubbish("<html>502</html>"), "无法读取"),
        (Mood::Rubbish("{\"choices\":[]}"), "没有内容"),
        (Mood::Status(500, 100), "500"),
        (Mood::Status(200, 10 << 20), "超过"),
        (Mood::Redirects, "302"),
    ] {
        let (fault, message) = ask(mood).await;
        assert!(fault == FaultKind::Unavailable && message.contains(wanted), "wanted {wanted}: {message}");
    }
    assert_eq!(kind(t.desk.rephrase_brief(&analyst("周研判"), &brief.id, None, "s99").await).0, FaultKind::NotFound);
    assert_eq!(kind(t.desk.rephrase_brief(&operator(), &brief.id, None, "s1").await).0, FaultKind::Forbidden);
    assert!(t.desk.rephrasings(&brief.id).await.unwrap().is_empty());
    assert_eq!(t.desk.brief(&brief.id, None).await.unwrap(), brief);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_model_is_left_and_public_addresses_are_never_asked() {
    use tingsu::outbound::{Chat, ChatConfig, OutboundError, is_local};
    let model = FakeModel::start(Mood::Sleeps(Duration::from_secs(30))).await;
    let started = std::time::Instant::now();
    let slow = model.chat_within(Duration::from_millis(300)).ask("a", "b").await;
    assert!(matches!(slow, Err(OutboundError::Slow(_))) && started.elapsed() < Duration::from_secs(5), "{slow:?}");
    // a third question at a time is refused at once
    let chat = model.chat_within(Duration::from_millis(800));
    let (a, b, c) = tokio::join!(chat.ask("a", "b"), chat.ask("a", "b"), chat.ask("a", "b"));
    let busy = [a, b, c].into_iter().filter(|r| matches!(r, Err(OutboundError::Busy))).count();
    assert_eq!((busy, model.times_asked()), (1, 3));

    let at = |url: &str| {
        let config = ChatConfig {
            url: url.to_owned(),
            model: "m".into(),
            key: None,
            ca: None,
            patience: Duration::from_secs(2),
        };
        Chat::new(config)
    };
    for url in ["http://8.8.8.8/v1", "https://1.1.1.1", "http://[2001:4860:4860::8888]:80/v1", "http://0.0.0.0:80"] {
        assert!(matches!(at(url), Err(OutboundError::Public(_) | OutboundError::Config(_))), "{url}");
    }
    for url in ["ftp://127.0.0.1", "127.0.0.1:8000", "http://", "http://u:p@127.0.0.1/v1", "https://127.0.0.1/v1"] {
        assert!(matches!(at(url), Err(OutboundError::Config(_))), "{url}");
    }
    let unreachable = at("http://127.0.0.1:9/v1").unwrap().ask("a", "b").await;
    assert!(matches!(unreachable, Err(OutboundError::Unreachable(_))), "{unreachable:?}");
    for (address, local) in [
        ("127.0.0.1", true),
        ("10.1.2.3", true),
        ("172.16.0.1", true),
        ("172.32.0.1", false),
        ("192.168.1.1", true),
        ("169.254.1.1", true),
        ("100.64.0.1", false),
        ("0.0.0.0", false),
        ("255.255.255.255", false),
        ("224.0.0.1", false),
        ("::1", true),
        ("::", false),
        ("fd00::1", true),
        ("fe80::1", true),
        ("2400:3200::1", false),
        ("::ffff:10.0.0.1", true),
        ("::ffff:8.8.8.8", false),
    ] {
        assert_eq!(is_local(address.parse().unwrap()), local, "{address}");
    }
}

/// The two servers that a city may have: a certificate that its own office issued, and one that signed itself and calls
/// itself an issuer, as `openssl req -x509` makes it. Each is asked when the file names it, by name and by address.
#[tokio::test(flavor = "multi_thread")]
async fn https_is_asked_with_the_certificate_that_the_file_names_and_with_no_other() {
    use tingsu::outbound::{Chat, ChatConfig, OutboundError};
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let issued = (root.join("http/tls/cert.pem"), root.join("http/tls/key.pem"));
    let own = (root.join("desk/own_cert.pem"), root.join("desk/own_key.pem"));
    let at = |url: String, ca: &Path| {
        let config =
            ChatConfig { url, model: "m".into(), key: None, ca: Some(ca.into()), patience: Duration::from_secs(20) };
        Chat::new(config)
    };
    for ((cert, key), other) in [(&issued, &own.0), (&own, &issued.0)] {
        let model = FakeModel::start_encrypted(Mood::Words("好的"), cert, key).await;
        for url in [model.url.clone(), model.url.replace("localhost", "127.0.0.1")] {
            let said = at(url.clone(), cert).unwrap().ask("a", "b").await;
            assert_eq!(said.as_deref(), Ok("好的"), "{url} {cert:?}");
        }
        let strange = at(model.url.clone(), other).unwrap().ask("a", "b").await;
        assert!(matches!(&strange, Err(OutboundError::Untrusted(host, _)) if host == "localhost"), "{strange:?}");
        let plain = at(model.url.replace("https", "http"), cert).unwrap().ask("a", "b").await;
        assert!(plain.is_err(), "nothing is said in the clear: {plain:?}");
        // a certificate is good for the names that stand in it
        let misnamed = at(model.url.replace("localhost", "[::ffff:127.0.0.1]"), cert).unwrap().ask("a", "b").await;
        assert!(misnamed.is_err(), "{misnamed:?}");
        assert_eq!(model.times_asked(), 2);
    }
    let model = FakeModel::start_encrypted(Mood::Words("好的"), &issued.0, &issued.1).await;
    for ca in [issued.1.as_path(), Path::new("/nowhere/ca.pem")] {
        assert!(matches!(at(model.url.clone(), ca), Err(OutboundError::Config(why)) if why.contains("rephrase.ca")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_configuration_nothing_leaves() {
    let t = TestDesk::new().await;
    fill(t.dir.path()).await;
    assert_eq!(t.desk.language_model(), None);
    let brief = t.desk.make_brief(&analyst("周研判"), &weekly()).await.unwrap().brief;
    let (fault, message) = kind(t.desk.rephrase_brief(&analyst("周研判"), &brief.id, None, "s1").await);
    assert!(fault == FaultKind::Unavailable && message.contains("没有配置"), "{message}");
}
