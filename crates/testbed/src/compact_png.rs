//! Smaller PNGs for the repository, with no visible difference.

use std::collections::HashMap;
use std::io::Cursor;

/// The most colours of a palette. Text on few backgrounds needs no more.
const MOST_COLOURS: usize = 64;
/// The most common colours are backgrounds. These stay unchanged, however close to each other.
const BACKGROUNDS: usize = 16;

type Colour = [u8; 3];

/// The PNG with a palette of its most common colours. Text has hundreds of shades between its
/// colour and the background, which become their nearest neighbours. A colour far from all others
/// stays, however rare.
pub fn compact(png: &[u8]) -> crate::Result<Vec<u8>> {
    let (width, height, colours) = read(png).map_err(|error| format!("the picture cannot be read: {error}."))?;
    let palette = palette_of(&colours);
    let mut nearest = HashMap::new();
    let indices: Vec<u8> = colours
        .iter()
        .map(|colour| *nearest.entry(*colour).or_insert_with(|| nearest_index(&palette, *colour)))
        .collect();
    Ok(write(width, height, &palette, &indices).map_err(|error| format!("the picture cannot be written: {error}."))?)
}

fn read(png: &[u8]) -> Result<(u32, u32, Vec<Colour>), png::DecodingError> {
    let mut decoder = png::Decoder::new(Cursor::new(png));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().unwrap_or_default()];
    let info = reader.next_frame(&mut bytes)?;
    let samples = info.color_type.samples();
    let colour = |pixel: &[u8]| match *pixel {
        [red, green, blue, ..] => [red, green, blue],
        [grey, ..] => [grey; 3],
        [] => [0; 3],
    };
    Ok((info.width, info.height, bytes.chunks(samples).map(colour).collect()))
}

/// The palette with the smallest tolerance that fits.
fn palette_of(colours: &[Colour]) -> Vec<Colour> {
    let by_count = by_count(colours);
    let palettes = (0_u8..=255).map(|tolerance| covering(&by_count, tolerance));
    palettes.flatten().next().unwrap_or_default()
}

/// The colours of a picture, the most common first.
fn by_count(colours: &[Colour]) -> Vec<Colour> {
    let mut counts: HashMap<Colour, usize> = HashMap::new();
    for colour in colours {
        *counts.entry(*colour).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    // Equal counts are sorted by colour, so that the same picture gives the same bytes.
    counts.sort_by_key(|(colour, count)| (std::cmp::Reverse(*count), *colour));
    counts.into_iter().map(|(colour, _)| colour).collect()
}

/// The backgrounds, then each colour that is farther than the tolerance from those before it;
/// `None` if these are too many for a palette.
fn covering(by_count: &[Colour], tolerance: u8) -> Option<Vec<Colour>> {
    let (backgrounds, shades) = by_count.split_at(by_count.len().min(BACKGROUNDS));
    let mut palette = backgrounds.to_vec();
    for colour in shades {
        if palette.iter().all(|other| distance(*other, *colour) > tolerance) {
            if palette.len() == MOST_COLOURS {
                return None;
            }
            palette.push(*colour);
        }
    }
    Some(palette)
}

/// The largest difference between two channels.
fn distance(one: Colour, other: Colour) -> u8 {
    one.iter().zip(other).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0)
}

fn nearest_index(palette: &[Colour], colour: Colour) -> u8 {
    let nearest = (0_u8..=255).zip(palette).min_by_key(|(_, other)| distance(**other, colour));
    nearest.map_or(0, |(index, _)| index)
}

fn write(width: u32, height: u32, palette: &[Colour], indices: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette.concat());
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::Level(9));
    encoder.write_header()?.write_image_data(indices)?;
    Ok(png)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(colours: &[Colour]) -> Vec<u8> {
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, u32::try_from(colours.len()).expect("small"), 1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().expect("a header").write_image_data(&colours.concat()).expect("data");
        png
    }

    #[test]
    fn a_picture_of_few_colours_stays_as_it_is() {
        let colours = [[1, 2, 3], [255, 0, 9], [1, 2, 3]];
        let (width, height, same) = read(&compact(&png_of(&colours)).expect("a picture")).expect("a picture");
        assert_eq!((width, height, same.as_slice()), (3, 1, &colours[..]));
    }

    #[test]
    fn a_shade_becomes_its_neighbour_and_a_rare_colour_stays() {
        let mut colours: Vec<Colour> = (0..=255).map(|shade| [shade, 0, 0]).collect();
        colours.push([0, 200, 0]);
        let (_, _, compacted) = read(&compact(&png_of(&colours)).expect("a picture")).expect("a picture");
        assert_eq!(compacted.last(), Some(&[0, 200, 0]));
        let farthest = compacted.iter().zip(&colours).map(|(now, before)| distance(*now, *before)).max();
        assert!(farthest <= Some(5), "{farthest:?}");
    }

    #[test]
    fn bytes_that_are_not_a_picture_are_refused() {
        assert!(compact(b"no picture").is_err());
    }
}
