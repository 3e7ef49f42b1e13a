//! The sections of a WebAssembly module (core specification 5.5.2): their sizes, and the custom
//! ones.

const HEADER: &[u8] = b"\0asm\x01\0\0\0";
const CUSTOM: u8 = 0;
const CODE: u8 = 10;

/// The size in bytes of the code section without its header; `None` if the bytes are not a module.
pub fn code_size(module: &[u8]) -> Option<usize> {
    let sections = sections(module)?;
    Some(sections.iter().find(|(id, _)| *id == CODE).map_or(0, |(_, content)| content.len()))
}

/// The content of the first custom section of that name; `None` if there is none.
pub fn custom<'m>(module: &'m [u8], name: &str) -> Option<&'m [u8]> {
    let customs = sections(module)?.into_iter().filter(|(id, _)| *id == CUSTOM);
    // The name comes before the content.
    let mut named = customs.filter_map(|(_, content)| sized(content));
    named.find(|(called, _)| *called == name.as_bytes()).map(|(_, content)| content)
}

/// The module with one more custom section, at its end.
pub fn with_custom(module: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    let body = [&leb128(name.len()), name.as_bytes(), content].concat();
    [module, &[CUSTOM], &leb128(body.len()), &body].concat()
}

/// The id and the content of every section.
fn sections(module: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut rest = module.strip_prefix(HEADER)?;
    let mut sections = Vec::new();
    while let Some((&id, after)) = rest.split_first() {
        let (content, next) = sized(after)?;
        sections.push((id, content));
        rest = next;
    }
    Some(sections)
}

/// The bytes whose length comes first, and the rest.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (size, rest) = read_leb128(bytes)?;
    rest.split_at_checked(size)
}

/// An unsigned LEB128 number, and the rest.
fn read_leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

fn leb128(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_section_is_measured_without_its_header() {
        // One type section of four bytes, then a code section of 130 bytes (LEB128 0x82 0x01).
        let mut module = b"\0asm\x01\0\0\0\x01\x04aaaa\x0a\x82\x01".to_vec();
        module.extend([0; 130]);
        assert_eq!(code_size(&module), Some(130));
    }

    #[test]
    fn a_module_without_code_has_a_code_size_of_zero() {
        assert_eq!(code_size(HEADER), Some(0));
    }

    #[test]
    fn truncated_modules_have_no_size() {
        assert_eq!(code_size(b"\0asm\x01\0\0\0\x0a\x05a"), None);
        assert_eq!(code_size(b"\0asm\x01\0\0\0\x01\x85"), None);
        assert_eq!(code_size(b"corsac"), None);
    }

    #[test]
    fn a_custom_section_is_read_as_written_and_others_stay() {
        let long = vec![7; 300];
        let module = with_custom(&with_custom(HEADER, "version", b"1.2.3"), "long", &long);
        assert_eq!(custom(&module, "version"), Some(&b"1.2.3"[..]));
        assert_eq!(custom(&module, "long"), Some(&long[..]));
        assert_eq!(custom(&module, "absent"), None);
    }

    #[test]
    fn a_module_with_custom_sections_is_still_a_module() {
        let module = with_custom(&walrus::Module::default().emit_wasm(), "version", b"1.2.3");
        let parsed = walrus::Module::from_buffer(&module).expect("a module");
        assert!(parsed.customs.iter().any(|(_, section)| section.name() == "version"));
    }
}
