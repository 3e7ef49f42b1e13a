//! Whatever is typed or pasted, the page gets JSON, and nothing panics.
#![cfg(not(target_family = "wasm"))]

use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn is_json(answer: &str) -> bool {
    serde_json::from_str::<Json>(answer).is_ok()
}

/// Text like that in the editor: pieces of policies and manifests, in any order.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\n",
        "  ",
        "- ",
        "allowOrigins",
        "\"allowOrigins\":",
        "https://*.é.example",
        "null",
        "kind: WasmPlugin\n",
        "spec:\n  pluginConfig:\n    ",
        "rules",
        "{\"regex\": \"(\"}",
        "|\n",
        "🦊",
        "*",
        "&a",
        "*a",
    ];
    prop_oneof![
        ".{0,80}",
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24).prop_map(|pieces| pieces.concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_in_any_box_is_answered(text in text(), other in text(), number in 0_usize..3) {
        let form = json!({ "page": other, "url": "https://api.example.com/", "method": text, "headers": other, "upstreamHeaders": text });
        let asked = json!({ "policy": text, "document": number, "form": form }).to_string();
        let answers = [
            corsac_playground::check(&text),
            corsac_playground::fix(&text, Some(number)),
            corsac_playground::fix(&text, None),
            corsac_playground::explain(&asked),
            corsac_playground::explain(&text),
            corsac_playground::paste(&text, &other),
            corsac_playground::diff(&text, &other),
            corsac_playground::import("", &text),
            corsac_playground::import(&other, &text),
            corsac_playground::render(&text, number, "istio"),
            corsac_playground::complete(&text, &other),
            corsac_playground::describe(&text),
        ];
        prop_assert!(answers.iter().all(|answer| is_json(answer)));
    }

    #[test]
    fn a_diagnostic_is_about_a_place_in_the_text(text in text()) {
        let answer: Json = serde_json::from_str(&corsac_playground::check(&text)).expect("JSON");
        let length = u64::try_from(text.encode_utf16().count()).expect("small");
        for diagnostic in answer["diagnostics"].as_array().expect("a list") {
            let (from, to) = (diagnostic["from"].as_u64(), diagnostic["to"].as_u64());
            prop_assert!(from <= to && to <= Some(length), "{}", diagnostic);
        }
    }
}
