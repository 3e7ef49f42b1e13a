//! Writing header blocks (RFC 7541) without compression, so that any byte can be sent.

/// `name: value` as a literal field without indexing, new name, no Huffman code (RFC 7541 §6.2.2).
pub fn literal(block: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    block.push(0);
    string(block, name);
    string(block, value);
}

/// A string literal (§5.2).
fn string(block: &mut Vec<u8>, bytes: &[u8]) {
    // An integer with a prefix of seven bits (§5.1).
    if let Ok(length @ 0..127) = u8::try_from(bytes.len()) {
        block.push(length);
    } else {
        block.push(127);
        let mut rest = bytes.len() - 127;
        while rest >= 128 {
            block.push(0x80 | u8::try_from(rest & 0x7f).unwrap_or_default());
            rest >>= 7;
        }
        block.push(u8::try_from(rest).unwrap_or_default());
    }
    block.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_reads_every_written_value_whatever_its_bytes_and_length() {
        let values: Vec<Vec<u8>> =
            [0, 1, 126, 127, 128, 254, 255, 16_511, 70_000].map(|length| vec![0xff; length]).into();
        let mut block = Vec::new();
        for value in &values {
            literal(&mut block, b"x-name", value);
        }
        let fields = fluke_hpack::Decoder::new().decode(&block).unwrap();
        let read: Vec<Vec<u8>> = fields.into_iter().map(|(_, value)| value).collect();
        assert!(read == values);
    }
}
