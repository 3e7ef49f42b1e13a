//! IPv4 addresses as people write them.

use core::net::Ipv4Addr;

/// The URL standard's IPv4 parser (section 3.5.1): one to four numbers, decimal, octal or
/// hexadecimal, the last of which fills the rest. Only to suggest the spelling that browsers send.
pub(super) fn lenient_v4(host: &str) -> Option<Ipv4Addr> {
    let numbers: Vec<u32> =
        host.strip_suffix('.').unwrap_or(host).split('.').map(lenient_number).collect::<Option<_>>()?;
    let (last, first) = numbers.split_last()?;
    if first.len() > 3 || first.iter().any(|number| *number > 255) {
        return None;
    }
    let room = 32_u32.checked_sub(8 * u32::try_from(first.len()).ok()?)?;
    if room < 32 && *last >= 1_u32.checked_shl(room)? {
        return None;
    }
    let head = first.iter().fold(0_u32, |address, number| (address << 8) | number);
    Some(Ipv4Addr::from(head.checked_shl(room).unwrap_or(0) | last))
}

fn lenient_number(text: &str) -> Option<u32> {
    if text.starts_with('+') {
        return None;
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return if hex.is_empty() { Some(0) } else { u32::from_str_radix(hex, 16).ok() };
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => u32::from_str_radix(octal, 8).ok(),
        _ => text.parse().ok(),
    }
}
