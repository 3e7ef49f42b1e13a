//! Near misses: origins that differ from a pattern as little as possible.

/// An origin that the pattern is meant to match, with its wildcards filled in.
pub fn inside(pattern: &str) -> String {
    let pattern = pattern.replacen("://*", "://a", 1);
    pattern.replace(":*", ":8443")
}

/// The pattern's own text, and every text that differs by one small change.
pub fn near(origin: &str) -> Vec<Vec<u8>> {
    let bytes = origin.as_bytes();
    let mut all = vec![bytes.to_vec()];
    let mut add = |parts: &[&[u8]]| all.push(parts.concat());
    for at in 0..bytes.len() {
        let (before, after) = bytes.split_at(at);
        let (byte, rest) = (after[0], &after[1..]);
        // Changes, drops or doubles one byte, and splits or joins a label.
        add(&[before, &[byte ^ 1], rest]);
        add(&[before, rest]);
        add(&[before, &[byte], after]);
        match byte {
            b'.' => {
                add(&[before, b"-", rest]);
                add(&[before, b".x.", rest]);
            }
            b'/' | b':' | b'-' => {}
            _ => add(&[before, b".", after]),
        }
    }
    add_parts(origin, &mut add);
    all
}

/// Adds, drops and swaps labels, schemes and ports.
fn add_parts(origin: &str, add: &mut impl FnMut(&[&[u8]])) {
    let Some((scheme, rest)) = origin.split_once("://") else { return };
    let host = rest.split(':').next().unwrap_or(rest);
    let port = rest.strip_prefix(host).unwrap_or("");
    for other in ["http", "https", "app", "httpss", "http:"] {
        add(&[other.as_bytes(), b"://", rest.as_bytes()]);
    }
    for other in ["", ":8443", ":8444", ":443", ":1", ":65535", ":0", ":", ":*"] {
        add(&[scheme.as_bytes(), b"://", host.as_bytes(), other.as_bytes()]);
    }
    for label in ["x.", "x.y.", "x", ".", "*.", "x-"] {
        add(&[scheme.as_bytes(), b"://", label.as_bytes(), rest.as_bytes()]);
    }
    for tail in [".", ".x", "x", ".com", "/"] {
        add(&[scheme.as_bytes(), b"://", host.as_bytes(), tail.as_bytes(), port.as_bytes()]);
    }
    if let Some((_, base)) = host.split_once('.') {
        add(&[scheme.as_bytes(), b"://", base.as_bytes(), port.as_bytes()]);
        add(&[scheme.as_bytes(), b"://.", base.as_bytes(), port.as_bytes()]);
    }
    add(&[origin.as_bytes(), b",", origin.as_bytes()]);
}
