//! The name of the file for a type's name.
//!
//! Not heck: this names files on disk, and an update of a library must not lose users their status.
//! heck 0.5 differs where it matters, too: it turns `A1B2` into `a1b2`, which is `a1-b2` here, and
//! `__` into an empty name.

/// `HTTPServer` becomes `http-server`, `MyAppV2State` becomes `my-app-v2-state`.
///
/// A word starts at an upper-case letter after a lower-case letter or a digit, and at the last of
/// several upper-case letters when a lower-case one follows. Underscores separate words too. A name
/// of underscores alone is returned as it is, so the result is never empty.
pub(crate) fn kebab(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    let mut boundary = false;
    for (i, &c) in chars.iter().enumerate() {
        if c == '_' {
            boundary = true;
            continue;
        }
        if boundary || starts_word(&chars, i) {
            if !out.is_empty() {
                out.push('-');
            }
            boundary = false;
        }
        out.extend(c.to_lowercase());
    }
    if out.is_empty() { name.to_owned() } else { out }
}

fn starts_word(chars: &[char], i: usize) -> bool {
    if i == 0 || !chars[i].is_uppercase() {
        return false;
    }
    let before = chars[i - 1];
    let next_is_lower = chars.get(i + 1).is_some_and(|c| c.is_lowercase());
    !before.is_uppercase() || next_is_lower
}

#[cfg(test)]
mod tests {
    use super::kebab;

    #[test]
    fn words() {
        for (name, expected) in [
            ("Worker", "worker"),
            ("HTTPServer", "http-server"),
            ("Worker2", "worker2"),
            ("Worker2State", "worker2-state"),
            ("A1B2", "a1-b2"),
            ("MyAppV2State", "my-app-v2-state"),
            ("HTTP2Server", "http2-server"),
            ("HTTP", "http"),
            ("A", "a"),
            ("AB", "ab"),
            ("ABc", "a-bc"),
            ("my_state", "my-state"),
            ("MY_STATE", "my-state"),
            ("My_State", "my-state"),
            ("_Worker__State_", "worker-state"),
            ("type", "type"),
        ] {
            assert_eq!(kebab(name), expected, "{name}");
        }
    }

    #[test]
    fn other_alphabets() {
        for (name, expected) in [
            ("ÄußererZustand", "äußerer-zustand"),
            ("СостояниеРаботы", "состояние-работы"),
            ("状態", "状態"),
            ("İstanbul", "i\u{307}stanbul"),
        ] {
            assert_eq!(kebab(name), expected, "{name}");
        }
    }

    #[test]
    fn underscores_alone_stay() {
        assert_eq!(kebab("__"), "__");
    }
}
