//! What a shared library needs from the system that loads it, and what it offers, read from its ELF
//! file.

use std::collections::BTreeSet;

use corsac_testbed::{Error, Result};
use object::elf::{DT_NEEDED, FileHeader64};
use object::read::elf::{ElfFile, FileHeader};
use object::{Architecture, Endianness, Object, ObjectSymbol};

/// The needs and the offers of a shared library.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SharedLibrary {
    /// `x86_64` or `aarch64`.
    pub processor: &'static str,
    /// The libraries that it loads.
    pub libraries: BTreeSet<String>,
    /// The versions of symbols that it needs, such as `GLIBC_2.14`.
    pub versions: BTreeSet<String>,
    /// The functions that it needs from whoever loads it: those without a version.
    pub imports: BTreeSet<String>,
    /// The functions that it offers.
    pub exports: BTreeSet<String>,
}

impl SharedLibrary {
    /// Reads a 64-bit ELF file.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        Self::parse(bytes).map_err(|error| Error::new(format!("the shared library cannot be read: {error}.")))
    }

    fn parse(bytes: &[u8]) -> object::Result<Self> {
        let file = ElfFile::<FileHeader64<Endianness>>::parse(bytes)?;
        let mut library = Self { processor: processor(file.architecture()), ..Self::default() };
        let dynamic = file.elf_dynamic_table()?;
        for entry in dynamic.iter().filter(|entry| entry.tag == DT_NEEDED) {
            library.libraries.insert(text(dynamic.string(entry)?));
        }
        let endian = file.endian();
        let sections = file.elf_header().sections(endian, bytes)?;
        let versions = sections.versions(endian, bytes)?.unwrap_or_default();
        for symbol in file.dynamic_symbols() {
            let name = symbol.name()?.to_owned();
            let version = versions.version(versions.version_index(endian, symbol.index()).index())?;
            match version {
                Some(version) if symbol.is_undefined() => drop(library.versions.insert(text(version.name()))),
                _ if name.is_empty() => {}
                _ if symbol.is_undefined() && !symbol.is_weak() => drop(library.imports.insert(name)),
                _ if !symbol.is_undefined() => drop(library.exports.insert(name)),
                _ => {}
            }
        }
        Ok(library)
    }

    /// The newest glibc whose symbols it needs.
    pub fn glibc(&self) -> Option<(u16, u16)> {
        let number = |version: &String| {
            let mut parts = version.strip_prefix("GLIBC_")?.split('.').map(str::parse);
            Some((parts.next()?.ok()?, parts.next()?.ok()?))
        };
        self.versions.iter().filter_map(number).max()
    }
}

const fn processor(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X86_64 => "x86_64",
        Architecture::Aarch64 => "aarch64",
        _ => "another processor",
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_glibc_is_found_by_its_numbers() {
        let of = |versions: &[&str]| SharedLibrary {
            versions: versions.iter().map(|it| (*it).to_owned()).collect(),
            ..Default::default()
        };
        assert_eq!(of(&["GLIBC_2.2.5", "GLIBC_2.14", "GLIBC_2.3", "GCC_3.0"]).glibc(), Some((2, 14)));
        assert_eq!(of(&[]).glibc(), None);
    }

    #[test]
    fn what_is_no_elf_file_is_an_error() {
        assert!(SharedLibrary::read(b"\0asm\x01\0\0\0").is_err());
    }
}
