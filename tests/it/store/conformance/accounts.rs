//! People, sessions, keys, failed logins; each change with its line in the audit.

use jiff::{SignedDuration, Timestamp};
use tingsu::{
    domain::{Actor, ApiKey, Reach, Right, Role, Session, User},
    store::{EndSessions, StoreError, UserChange, verify_ledger},
};

use super::Any;
use crate::store::given::*;

fn later(minutes: i64) -> Timestamp {
    at(T0) + SignedDuration::from_mins(minutes)
}

fn admin() -> Actor {
    Actor::person("guanli", Role::Admin)
}

fn user(name: &str, role: Role) -> User {
    User {
        name: name.into(),
        person: format!("{name}先生"),
        role,
        reach: Reach { departments: vec!["甲局".into()], districts: vec![] },
        must_change: true,
        disabled: false,
        created_at: at(T0),
        password_at: at(T0),
    }
}

fn session(name: &str) -> Session {
    Session {
        id: 0,
        user: name.into(),
        csrf: "c".into(),
        created_at: at(T0),
        seen_at: at(T0),
        expires_at: later(60),
        address: "10.0.0.1".into(),
        agent: "浏览器".into(),
    }
}

pub(super) async fn people_are_kept(store: Any) {
    let accounts = store.accounts();
    assert_eq!(accounts.users().await.unwrap(), []);
    assert_eq!(accounts.user("li").await.unwrap(), None);
    accounts.add_user(&user("li", Role::Operator), "hash1", true, &admin()).await.unwrap();
    let again = accounts.add_user(&user("li", Role::Admin), "hash2", false, &admin()).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");
    let first = accounts.add_user(&user("wu", Role::Admin), "hash2", true, &admin()).await;
    assert!(matches!(first, Err(StoreError::Conflict(_))), "there is one already: {first:?}");
    assert_eq!(accounts.user("li").await.unwrap(), Some((user("li", Role::Operator), "hash1".into())));
    let change = UserChange {
        role: Some((Role::Handler, Reach::default())),
        password: Some(("hash3".into(), false)),
        disabled: Some(true),
        ..UserChange::default()
    };
    accounts.change_user("li", &change, &admin(), later(1)).await.unwrap();
    let (changed, hash) = accounts.user("li").await.unwrap().unwrap();
    let wanted = User {
        role: Role::Handler,
        reach: Reach::default(),
        must_change: false,
        disabled: true,
        password_at: later(1),
        ..user("li", Role::Handler)
    };
    assert_eq!((changed, hash.as_str()), (wanted, "hash3"));
    let none = accounts.change_user("nobody", &change, &admin(), later(1)).await;
    assert!(matches!(none, Err(StoreError::Refused(_))), "{none:?}");
}

pub(super) async fn the_last_administrator_stays(store: Any) {
    let accounts = store.accounts();
    accounts.add_user(&user("li", Role::Admin), "h", false, &admin()).await.unwrap();
    let stop = UserChange { disabled: Some(true), ..UserChange::default() };
    let other = UserChange { role: Some((Role::Leader, Reach::default())), ..UserChange::default() };
    for change in [&stop, &other] {
        let refused = accounts.change_user("li", change, &admin(), at(T0)).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        assert_eq!(accounts.user("li").await.unwrap().unwrap().0, user("li", Role::Admin), "nothing is half done");
    }
    accounts.add_user(&user("wu", Role::Admin), "h", false, &admin()).await.unwrap();
    accounts.change_user("li", &stop, &admin(), at(T0)).await.unwrap();
    assert!(accounts.change_user("wu", &stop, &admin(), at(T0)).await.is_err(), "a stopped one does not count");
}

pub(super) async fn sessions_open_and_end(store: Any) {
    let accounts = store.accounts();
    for name in ["li", "wu"] {
        accounts.add_user(&user(name, Role::Operator), "h", false, &admin()).await.unwrap();
    }
    let first = accounts.open_session(&session("li"), "t1", &admin()).await.unwrap();
    let second = accounts.open_session(&session("li"), "t2", &admin()).await.unwrap();
    let third = accounts.open_session(&session("wu"), "t3", &admin()).await.unwrap();
    assert_eq!(accounts.session("t9").await.unwrap(), None);
    let (found, who) = accounts.session("t1").await.unwrap().unwrap();
    assert_eq!((found, who), (Session { id: first, ..session("li") }, user("li", Role::Operator)));
    accounts.touch_session(first, later(5)).await.unwrap();
    accounts.touch_session(first, later(3)).await.unwrap();
    assert_eq!(accounts.session("t1").await.unwrap().unwrap().0.seen_at, later(5), "time goes forward");
    let ids = async |user| accounts.sessions(user).await.unwrap().iter().map(|s| s.id).collect::<Vec<_>>();
    assert_eq!((ids(None).await, ids(Some("li")).await), (vec![third, second, first], vec![second, first]));
    let over = EndSessions::Over(later(10), later(4));
    assert_eq!(accounts.end_sessions(&over, &admin(), at(T0)).await.unwrap(), 2, "unused for too long");
    assert_eq!(ids(None).await, [first]);
    assert_eq!(accounts.end_sessions(&EndSessions::One(99), &admin(), at(T0)).await.unwrap(), 0);
    let fourth = accounts.open_session(&session("li"), "t4", &admin()).await.unwrap();
    let keep =
        UserChange { password: Some(("new".into(), false)), keep_session: Some(fourth), ..UserChange::default() };
    accounts.change_user("li", &keep, &admin(), at(T0)).await.unwrap();
    assert_eq!(ids(None).await, [fourth], "a new password ends the others");
    assert_eq!(accounts.end_sessions(&EndSessions::Of("li".into()), &admin(), at(T0)).await.unwrap(), 1);
}

pub(super) async fn keys_are_known_by_id(store: Any) {
    let accounts = store.accounts();
    let key = |id: &str, name: &str| ApiKey {
        id: id.into(),
        name: name.into(),
        role: Role::Operator,
        reach: Reach::default(),
        rights: [Right::Read, Right::Receive].into_iter().collect(),
        created_at: at(T0),
        created_by: "guanli".into(),
        expires_at: later(60),
        revoked_at: None,
        used_at: None,
    };
    accounts.add_key(&key("k1", "平台"), "h1", &admin()).await.unwrap();
    let taken = accounts.add_key(&key("k2", "平台"), "h2", &admin()).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    assert_eq!(accounts.key("k1").await.unwrap(), Some((key("k1", "平台"), "h1".into())));
    assert_eq!(accounts.key("k2").await.unwrap(), None);
    accounts.touch_key("k1", later(1)).await.unwrap();
    assert!(accounts.revoke_key("k1", &admin(), later(2)).await.unwrap());
    assert!(!accounts.revoke_key("k1", &admin(), later(3)).await.unwrap(), "once is enough");
    accounts.add_key(&key("k2", "平台"), "h2", &admin()).await.unwrap();
    let gone = ApiKey { used_at: Some(later(1)), revoked_at: Some(later(2)), ..key("k1", "平台") };
    let all = accounts.keys().await.unwrap();
    assert!(all.len() == 2 && all.contains(&gone) && all.contains(&key("k2", "平台")), "{all:?}");
}

pub(super) async fn failures_are_counted(store: Any) {
    let accounts = store.accounts();
    let both = ["user:li".to_owned(), "address:1".to_owned()];
    for n in 0..3 {
        accounts.fail_login(&both, later(n), later(-60), &Actor::system()).await.unwrap();
    }
    assert_eq!(accounts.failures("user:li", later(-1)).await.unwrap(), (3, Some(later(2))));
    assert_eq!(accounts.failures("user:li", later(0)).await.unwrap(), (2, Some(later(2))));
    assert_eq!(accounts.failures("user:wu", later(-1)).await.unwrap(), (0, None));
    accounts.forgive("user:li").await.unwrap();
    assert_eq!(accounts.failures("user:li", later(-1)).await.unwrap(), (0, None));
    assert_eq!(accounts.failures("address:1", later(-1)).await.unwrap().0, 3);
    accounts.fail_login(&both, later(90), later(30), &Actor::system()).await.unwrap();
    assert_eq!(accounts.failures("address:1", later(-1)).await.unwrap().0, 1, "old ones are forgotten");
}

/// A password typed into the name field is no name: the audit keeps what it is told for ever.
pub(super) async fn what_is_no_account_is_not_told(store: Any) {
    let accounts = store.accounts();
    accounts.add_user(&user("li", Role::Operator), "geheim", false, &admin()).await.unwrap();
    for name in ["user:li", "user:Mein-Passwort-1"] {
        let both = [name.to_owned(), "address:1".to_owned()];
        accounts.fail_login(&both, at(T0), later(-60), &Actor::system()).await.unwrap();
        assert_eq!(accounts.failures(name, later(-1)).await.unwrap().0, 1, "{name} is counted");
    }
    let lines = store.audit(None, 100).await.unwrap();
    let told: Vec<&str> = lines.iter().filter(|l| l.action == "login_failed").map(|l| l.detail.as_str()).collect();
    assert_eq!(told, ["user:li address:1", "user:? address:1"]);
}

pub(super) async fn every_change_is_in_the_audit(store: Any) {
    let accounts = store.accounts();
    accounts.add_user(&user("li", Role::Operator), "geheim", false, &admin()).await.unwrap();
    let id = accounts.open_session(&session("li"), "token", &admin()).await.unwrap();
    let change = UserChange { password: Some(("noch-geheimer".into(), false)), ..UserChange::default() };
    accounts.change_user("li", &change, &admin(), at(T0)).await.unwrap();
    accounts.end_sessions(&EndSessions::One(id), &admin(), at(T0)).await.unwrap();
    accounts.fail_login(&["user:li".to_owned()], at(T0), at(T0), &Actor::system()).await.unwrap();
    store.add(new("T-1", "停水"), intake()).await.unwrap();
    let lines = store.audit(None, 100).await.unwrap();
    let actions: Vec<&str> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["user_added", "logged_in", "user_changed", "login_failed", "received"]);
    let told = format!("{lines:?}");
    assert!(!told.contains("geheim") && !told.contains("token"), "no secret is told: {told}");
    let verdict = verify_ledger(store.as_ref()).await.unwrap();
    assert_eq!((verdict.sound, verdict.broken), (5, None));
    assert_eq!(store.ledger().ledger_head().await.unwrap(), verdict.head);
}
