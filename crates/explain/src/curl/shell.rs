//! The words of a command line, quoted for bash or for cmd.

use std::iter::Peekable;
use std::str::Chars;

type Letters<'t> = Peekable<Chars<'t>>;

/// The words of one command.
pub(super) fn words(command: &str) -> Result<Vec<String>, String> {
    let is_for_cmd = command.contains("^\"") || command.lines().any(|line| line.trim_end().ends_with(" ^"));
    if is_for_cmd { words_of_argv(&without_carets(command)) } else { words_of_bash(command) }
}

/// Bash: `'…'`, `"…"`, `$'…'`, `\`, and a line's end after a `\`.
fn words_of_bash(command: &str) -> Result<Vec<String>, String> {
    let mut letters = command.trim().chars().peekable();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    while let Some(letter) = letters.next() {
        match letter {
            '\n' | ';' | '|' | '<' | '>' => break,
            // Within a word it is most often an unquoted query.
            '&' if word.is_none() || letters.peek().is_none_or(|next| matches!(next, '&' | ' ' | '\n')) => break,
            ' ' | '\t' | '\r' => words.extend(word.take()),
            '\\' => match letters.next() {
                Some('\n') | None => {}
                Some('\r') if letters.peek() == Some(&'\n') => drop(letters.next()),
                Some(next) => word.get_or_insert_default().push(next),
            },
            '\'' => word.get_or_insert_default().push_str(&single_quoted(&mut letters)?),
            '"' => word.get_or_insert_default().push_str(&double_quoted(&mut letters)?),
            '$' if letters.peek() == Some(&'\'') => {
                letters.next();
                word.get_or_insert_default().push_str(&ansi_c_quoted(&mut letters)?);
            }
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Ok(words)
}

const UNCLOSED: &str = "A quote is not closed.";

fn single_quoted(letters: &mut Letters<'_>) -> Result<String, String> {
    let mut text = String::new();
    loop {
        match letters.next().ok_or(UNCLOSED)? {
            '\'' => return Ok(text),
            letter => text.push(letter),
        }
    }
}

fn double_quoted(letters: &mut Letters<'_>) -> Result<String, String> {
    let mut text = String::new();
    loop {
        match letters.next().ok_or(UNCLOSED)? {
            '"' => return Ok(text),
            '\\' => match letters.next().ok_or(UNCLOSED)? {
                '\n' => {}
                letter @ ('$' | '`' | '"' | '\\') => text.push(letter),
                letter => text.extend(['\\', letter]),
            },
            letter => text.push(letter),
        }
    }
}

/// `$'…'`, which Chrome writes where a value holds a quote or a control character.
fn ansi_c_quoted(letters: &mut Letters<'_>) -> Result<String, String> {
    let mut text = String::new();
    loop {
        match letters.next().ok_or(UNCLOSED)? {
            '\'' => return Ok(text),
            '\\' => match letters.next().ok_or(UNCLOSED)? {
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                'x' => text.extend(number(letters, 2, 16)),
                'u' => text.extend(number(letters, 4, 16)),
                'U' => text.extend(number(letters, 8, 16)),
                '0' => text.extend(number(letters, 3, 8)),
                'a' | 'b' | 'e' | 'f' | 'v' => text.push(' '),
                letter => text.push(letter),
            },
            letter => text.push(letter),
        }
    }
}

/// The character with that number, of so many digits at most.
fn number(letters: &mut Letters<'_>, digits: usize, radix: u32) -> Option<char> {
    let mut number = 0_u32;
    for _ in 0..digits {
        let Some(digit) = letters.peek().and_then(|letter| letter.to_digit(radix)) else { break };
        number = number.checked_mul(radix)?.checked_add(digit)?;
        letters.next();
    }
    char::from_u32(number)
}

/// What cmd hands on: outside of its quotes a `^` makes the next character plain, and goes.
fn without_carets(command: &str) -> String {
    let mut text = String::with_capacity(command.len());
    let mut letters = command.chars().peekable();
    let mut is_quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '^' if !is_quoted => match letters.next() {
                Some('\r') if letters.peek() == Some(&'\n') => drop(letters.next()),
                Some('\n') | None => {}
                Some(next) => text.push(next),
            },
            '"' => {
                is_quoted = !is_quoted;
                text.push(letter);
            }
            letter => text.push(letter),
        }
    }
    text
}

/// A command line as a Windows program takes it apart: `"…"` with `\"` and `""` in it.
fn words_of_argv(line: &str) -> Result<Vec<String>, String> {
    let mut letters = line.trim().chars().peekable();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'"') => {
                letters.next();
                word.get_or_insert_default().push('"');
            }
            // Two of them before a quote are one.
            '\\' if is_quoted && letters.peek() == Some(&'\\') => {
                letters.next();
                word.get_or_insert_default().push('\\');
            }
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                word.get_or_insert_default().push('"');
            }
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' | '\r' | '\n' if !is_quoted => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    if is_quoted {
        return Err(UNCLOSED.to_owned());
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_in_bash() {
        for (command, expected) in [
            ("curl a", &["curl", "a"][..]),
            ("curl  'a b'\\\n  \"c \\\"d\\\" $e\"", &["curl", "a b", "c \"d\" $e"]),
            (r"curl $'it\'s\u0021\n' ''", &["curl", "it's!\n", ""]),
            ("curl -d'{\"a\":1}' x\\ y", &["curl", "-d{\"a\":1}", "x y"]),
            ("curl a?x=1&y=2 | jq .", &["curl", "a?x=1&y=2"]),
            ("curl a && echo", &["curl", "a"]),
            ("curl a > file", &["curl", "a"]),
        ] {
            assert_eq!(
                words(command).as_deref(),
                Ok(&expected.iter().map(|&word| word.to_owned()).collect::<Vec<_>>()[..]),
                "{command}"
            );
        }
        assert!(words("curl 'a").is_err());
        assert!(words("curl \"a").is_err());
    }

    #[test]
    fn words_are_quoted_as_in_cmd() {
        let command =
            "curl ^\"https://api.example/a?x=1^&y=^%^7B^\" ^\r\n  -H ^\"x-a: say ^\\^\"hi^\\^\"^\" --compressed";
        let expected = ["curl", "https://api.example/a?x=1&y=%7B", "-H", "x-a: say \"hi\"", "--compressed"];
        assert_eq!(words(command).unwrap(), expected);
        let older = "curl \"https://api.example/\" ^\n -H \"x-a: a ^ b\" -d \"{\"\"a\"\":1}\"";
        assert_eq!(words(older).unwrap(), ["curl", "https://api.example/", "-H", "x-a: a ^ b", "-d", "{\"a\":1}"]);
    }
}
