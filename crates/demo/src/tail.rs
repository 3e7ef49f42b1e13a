//! Follows a file to which another process appends lines.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// Reads a growing file from its beginning, line by line.
pub struct Tail {
    path: PathBuf,
    position: u64,
}

impl Tail {
    /// Follows a file, which need not exist yet.
    pub fn of(path: PathBuf) -> Self {
        Self { path, position: 0 }
    }

    /// The complete lines since the last call.
    pub fn new_lines(&mut self) -> Vec<String> {
        let added = self.added().unwrap_or_default();
        let complete = added.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        self.position += complete as u64;
        String::from_utf8_lossy(&added[..complete]).lines().map(str::to_owned).collect()
    }

    fn added(&self) -> std::io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.position))?;
        let mut added = Vec::new();
        file.read_to_end(&mut added)?;
        Ok(added)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn lines_come_once_and_only_if_they_are_complete() {
        let path = std::env::temp_dir().join(format!("corsac-demo-tail-{}", std::process::id()));
        let mut tail = Tail::of(path.clone());
        assert!(tail.new_lines().is_empty(), "a file that does not exist yet has no lines");
        let mut file = File::create(&path).expect("a file");
        file.write_all(b"one\ntwo\nthr").expect("written");
        assert_eq!(tail.new_lines(), ["one", "two"]);
        file.write_all(b"ee\n").expect("written");
        assert_eq!(tail.new_lines(), ["three"]);
        assert!(tail.new_lines().is_empty());
        std::fs::remove_file(path).expect("removed");
    }
}
