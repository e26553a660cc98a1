//! Passwords: what is good enough, and how they are kept (Argon2id, PHC form).

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use crate::domain::Fault;

use super::super::trouble::lost;

/// Of a password that nobody knows: checked where there is no account.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash(&super::login::secret()).ok());
/// Characters at least and at most; the upper bound keeps hashing short.
const LENGTH: (usize, usize) = (10, 128);
/// Passwords that everybody tries first; lower case, one in a line.
static COMMON: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().map(str::trim).filter(|l| !l.is_empty()).collect());

/// Whether a password is good enough for an account.
///
/// # Errors
/// Says what is missing, for the person who chose it.
pub fn policy(name: &str, password: &str) -> Result<(), Fault> {
    let bad = |message: &str| Err(Fault::invalid(message).at("password"));
    let length = password.chars().count();
    if length < LENGTH.0 {
        return bad(&format!("密码至少 {} 个字符,现有 {length} 个", LENGTH.0));
    }
    if length > LENGTH.1 {
        return bad(&format!("密码最多 {} 个字符", LENGTH.1));
    }
    if password.chars().any(char::is_control) {
        return bad("密码不能含有控制字符");
    }
    let kinds = [
        password.chars().any(|c| c.is_ascii_lowercase()),
        password.chars().any(|c| c.is_ascii_uppercase()),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_ascii_alphanumeric()),
    ];
    if kinds.into_iter().filter(|there| *there).count() < 3 {
        return bad("密码须包含小写字母、大写字母、数字、其他符号中的至少三类");
    }
    let lower = password.to_lowercase();
    if name.chars().count() >= 3 && lower.contains(&name.to_lowercase()) {
        return bad("密码不能包含账号");
    }
    let letters: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let bare = lower.trim_matches(|c: char| !c.is_alphabetic());
    if COMMON
        .iter()
        .any(|common| lower == *common || letters == *common || (bare == *common && bare.len() * 2 >= lower.len()))
    {
        return bad("这个密码太常见,容易被猜到,请换一个");
    }
    if longest_run(&lower) * 2 > length {
        return bad("密码中连续或重复的字符太多(如 12345、aaaa),请换一个");
    }
    Ok(())
}

/// The longest stretch whose characters repeat or count up or down by one.
fn longest_run(text: &str) -> usize {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let (mut longest, mut run, mut step) = (codes.len().min(1), 1, None);
    for pair in codes.windows(2) {
        let now = pair[1] - pair[0];
        run = if now.abs() > 1 {
            1
        } else if step == Some(now) {
            run + 1
        } else {
            2
        };
        step = (now.abs() <= 1).then_some(now);
        longest = longest.max(run);
    }
    longest
}

/// The hash that is kept of a password.
///
/// # Errors
/// Only a defect of ours.
pub(super) async fn hashed(password: &str) -> Result<String, Fault> {
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || hash(&password)).await.map_err(|_| lost("hashing a password"))?
}

fn hash(password: &str) -> Result<String, Fault> {
    let salt: [u8; 16] = rand::random();
    let hash: Result<PasswordHash, _> = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|e| Fault::internal(format!("a password cannot be hashed: {e}")))
}

/// Whether a password is the one of a hash. Without one it takes as long and is not, so that the time
/// does not tell whether there is such an account.
///
/// # Errors
/// Only a defect of ours.
pub(super) async fn fits(password: &str, hash: Option<String>) -> Result<bool, Fault> {
    let password = password.to_owned();
    let right = tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.or_else(|| NOBODY.clone()).unwrap_or_default();
        let right = PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        known && right
    });
    right.await.map_err(|_| lost("checking a password"))
}
