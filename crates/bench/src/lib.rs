//! The workloads of the benchmarks: lists of origins and patterns, and origins to look up in them.
//!
//! All workloads have fixed seeds, so that two runs measure the same. [`rivals`] are other data
//! structures for the same lists.

pub mod rivals;

/// A small pseudo-random generator (`SplitMix64`; Steele, Lea and Flood, 2014).
pub struct SeededRandom(u64);

impl SeededRandom {
    /// Numbers that depend on the seed alone.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % bound as u64).unwrap_or(0)
    }

    /// A word of `length` lower-case letters.
    pub fn letters(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'a' + u8::try_from(self.below(26)).unwrap_or(0))).collect()
    }
}

/// `count` different origins of 41 bytes under a thousand registrable domains.
pub fn origins(count: usize, seed: u64) -> Vec<String> {
    let mut random = SeededRandom::new(seed);
    let origin =
        |_| format!("https://{}.{}.example{:04}.com", random.letters(8), random.letters(8), random.below(1000));
    (0..count).map(origin).collect()
}

/// `count` patterns `https://*.name.example0000.com`.
pub fn wildcards(count: usize, seed: u64) -> Vec<String> {
    let mut random = SeededRandom::new(seed);
    (0..count).map(|_| format!("https://*.{}.example{:04}.com", random.letters(8), random.below(1000))).collect()
}

/// `count` regexes for numbered tenants, each with an origin that it matches.
pub fn tenants(count: usize) -> Vec<(String, String)> {
    let pair = |number| {
        let regex = format!(r"https://([a-z0-9-]+\.)?tenant{number}\.example\.com(:\d+)?");
        (regex, format!("https://app.tenant{number}.example.com"))
    };
    (0..count).map(pair).collect()
}

/// `count` regexes for random names, each with an origin that it matches.
pub fn names(count: usize, seed: u64) -> Vec<(String, String)> {
    let mut random = SeededRandom::new(seed);
    let pair = |_| {
        let name = random.letters(10);
        (format!(r"https://([a-z0-9-]+\.)*{name}\.com"), format!("https://www.{name}.com"))
    };
    (0..count).map(pair).collect()
}

/// An origin with a small difference, such as an attacker or a typing error would make.
pub fn near_miss(origin: &str, random: &mut SeededRandom) -> String {
    let (scheme, host) = origin.split_once("://").unwrap_or(("https", origin));
    match random.below(4) {
        0 => format!("http://{host}"),
        1 => format!("{origin}:8443"),
        2 => format!("{scheme}://{}", host.replacen('.', "-", 1)),
        _ => {
            // The last letter of the name before the top-level domain.
            let dot = host.rfind('.').unwrap_or(0);
            let (name, domain) = host.split_at(dot);
            format!("{scheme}://{}_{domain}", &name[..name.len().saturating_sub(1)])
        }
    }
}

/// A list of texts as a policy that allows them all.
pub fn policy(entries: impl Iterator<Item = String>) -> String {
    let entries: Vec<String> = entries.collect();
    format!("{{\"allowOrigins\":[{}]}}", entries.join(","))
}

/// A text as an entry of a policy.
pub fn entry(text: &str) -> String {
    format!("\"{text}\"")
}

/// A regex as an entry of a policy.
pub fn regex_entry(regex: &str) -> String {
    format!("{{\"regex\":\"{}\"}}", regex.replace('\\', "\\\\"))
}
