//! Header lists ([Fetch, headers](https://fetch.spec.whatwg.org/#terminology-headers)).

/// A [header list](https://fetch.spec.whatwg.org/#concept-header-list): names and values in order,
/// repeated ones kept. Names are compared without regard to case; values are bytes without blanks
/// around them.
///
/// ```
/// use corsac_fetch::Headers;
///
/// let headers = Headers::from_iter([("Vary", "origin"), ("vary", "accept")]);
/// assert_eq!(headers.get("VARY").as_deref(), Some(&b"origin, accept"[..]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

/// A header whose value does not follow its syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Headers {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// [Append](https://fetch.spec.whatwg.org/#concept-header-list-append): one more header at the
    /// end.
    pub fn append(&mut self, name: impl Into<String>, value: impl AsRef<[u8]>) {
        self.0.push((name.into(), trim(value.as_ref()).to_vec()));
    }

    /// [Get](https://fetch.spec.whatwg.org/#concept-header-list-get): the values of that name,
    /// joined by `, `; `None` where there is no such header.
    pub fn get(&self, name: &str) -> Option<Vec<u8>> {
        let values: Vec<&[u8]> = self.values(name).collect();
        (!values.is_empty()).then(|| values.join(&b", "[..]))
    }

    /// The values of that name, one by one.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.iter().filter(move |(line, _)| line.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// [Extract header list values](https://fetch.spec.whatwg.org/#extract-header-list-values) of a
    /// list of tokens (`Access-Control-Allow-Methods`, `-Allow-Headers`, `-Expose-Headers`); `None`
    /// where there is no such header.
    ///
    /// # Errors
    /// [`Malformed`] where a value is not a list of tokens.
    pub fn tokens(&self, name: &str) -> Result<Option<Vec<String>>, Malformed> {
        let mut tokens = None;
        for value in self.values(name) {
            let tokens = tokens.get_or_insert_with(Vec::new);
            // RFC 9110, section 5.6.1: empty elements count for nothing.
            for element in value.split(|&byte| byte == b',').map(trim).filter(|element| !element.is_empty()) {
                tokens.push(token(element).ok_or(Malformed)?.to_owned());
            }
        }
        Ok(tokens)
    }

    /// Every name and value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// [Delete](https://fetch.spec.whatwg.org/#concept-header-list-delete) all whose name satisfies
    /// that.
    pub(crate) fn delete(&mut self, unwanted: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| !unwanted(name));
    }
}

impl<N: Into<String>, V: AsRef<[u8]>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(lines: I) -> Self {
        let mut headers = Self::new();
        lines.into_iter().for_each(|(name, value)| headers.append(name, value));
        headers
    }
}

/// The bytes as text, if they are a token (RFC 9110, section 5.6.2).
pub(crate) fn token(bytes: &[u8]) -> Option<&str> {
    let is_of_a_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let is_token = !bytes.is_empty() && bytes.iter().all(is_of_a_token);
    std::str::from_utf8(bytes).ok().filter(|_| is_token)
}

/// The bytes without HTTP tabs and spaces at either end.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let mut bytes = bytes;
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Bytes as a person reads them: ASCII as it is, the rest as `\xNN`.
pub fn printable(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\'", "'").replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_name_are_joined_and_trimmed() {
        let headers = Headers::from_iter([("A", " 1\t"), ("b", "2"), ("a", "3")]);
        assert_eq!(headers.get("a").as_deref(), Some(&b"1, 3"[..]));
        assert_eq!(headers.get("c"), None);
    }

    #[test]
    fn a_list_of_tokens_may_have_empty_elements_and_several_lines() {
        let headers = Headers::from_iter([("l", ",a ,,\tB,"), ("L", "*"), ("empty", ""), ("commas", ",,")]);
        assert_eq!(headers.tokens("l"), Ok(Some(vec!["a".into(), "B".into(), "*".into()])));
        assert_eq!(headers.tokens("empty"), Ok(Some(Vec::new())));
        assert_eq!(headers.tokens("commas"), Ok(Some(Vec::new())));
        assert_eq!(headers.tokens("none"), Ok(None));
    }

    #[test]
    fn what_is_no_token_makes_a_list_malformed() {
        for byte in 0..=u8::MAX {
            let value = [b'a', byte, b'a'];
            let headers = Headers::from_iter([("l", value)]);
            let is_fine = byte == b',' || byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(headers.tokens("l").is_ok(), is_fine, "{byte:#04x}");
        }
        let second = Headers::from_iter([("l", "a"), ("l", "a b")]);
        assert_eq!(second.tokens("l"), Err(Malformed));
    }
}
