//! The page for everybody: axe, the keyboard, and narrow windows.

use std::fs;

use serde_json::{Value, json};

use crate::page::Page;

/// What axe finds, in few words.
fn findings(page: &Page) -> Vec<String> {
    let axe = corsac_testbed::root().join("crates/playground/page/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(axe).expect("axe-core; `cargo xtask playground` installs it");
    page.run(&format!("if (!globalThis.axe) {{ {axe} }}"));
    let found = page.run("return axe.run(document).then(({ violations }) => violations)");
    let nodes = |finding: &Value| finding["nodes"].as_array().cloned().unwrap_or_default();
    let line = |finding: &Value| {
        format!(
            "{}: {}",
            finding["id"],
            nodes(finding)
                .iter()
                .map(|node| format!("{} {}", node["target"], node["any"][0]["message"]))
                .collect::<Vec<_>>()
                .join("; ")
        )
    };
    found.as_array().expect("a list").iter().map(line).collect()
}

#[test]
fn axe_finds_nothing_in_light_and_dark_wide_and_narrow() {
    let page = Page::open();
    let mut all = Vec::new();
    for (scheme, width) in [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)] {
        page.session.emulate(scheme).unwrap();
        page.session.resize(width, 900).unwrap();
        for example in ["0", "1", "2", "5"] {
            page.fill("examples", example);
            all.extend(findings(&page).into_iter().map(|it| format!("{scheme} {width}, example {example}: {it}")));
        }
        page.fill("sources", "0");
        page.fill("examples", "0");
        page.click("#take");
        for tab in ["compare", "import", "export", "ask"] {
            page.click(&format!("#tab-{tab}"));
            all.extend(findings(&page).into_iter().map(|it| format!("{scheme} {width}, {tab}: {it}")));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn a_narrow_window_needs_no_scrolling_to_the_side() {
    let page = Page::open();
    page.session.resize(360, 780).unwrap();
    for example in ["0", "1", "2", "3", "4", "5"] {
        page.fill("examples", example);
        for tab in ["ask", "compare", "import", "export"] {
            page.click(&format!("#tab-{tab}"));
            let fits = page.run(
                "const { scrollWidth, clientWidth } = document.documentElement; return scrollWidth === clientWidth",
            );
            assert_eq!(fits, true, "example {example}, {tab}");
        }
    }
}

#[test]
fn the_keyboard_reaches_everything_and_is_trapped_nowhere() {
    let page = Page::open();
    let active = "let it = document.activeElement; while (it.shadowRoot) it = it.shadowRoot.activeElement; return it.id || it.className";
    page.run("document.body.tabIndex = -1; document.body.focus()");
    let mut reached: Vec<String> = Vec::new();
    for _ in 0..60 {
        page.press("Tab");
        reached.push(page.run(active).as_str().unwrap_or_default().to_owned());
    }
    for stop in [
        "skip",
        "share",
        "examples",
        "cm-content",
        "tab-ask",
        "page",
        "method",
        "url",
        "credentials",
        "headers",
        "pasted",
    ] {
        assert!(reached.iter().any(|it| it.contains(stop)), "{stop} is not reached: {reached:?}");
    }
    assert!(!reached.iter().any(|it| it == "tab-compare"), "of the tabs, only the chosen one is a stop");

    page.run("document.getElementById('tab-ask').focus()");
    for (key, tab) in
        [("ArrowRight", "compare"), ("End", "export"), ("ArrowRight", "ask"), ("ArrowLeft", "export"), ("Home", "ask")]
    {
        page.press(key);
        assert_eq!(page.run(active), format!("tab-{tab}"));
        assert_eq!(page.run(&format!("return document.getElementById('panel-{tab}').hidden")), json!(false));
    }
}

#[test]
fn the_picture_is_a_list_that_a_screen_reader_tells() {
    let page = Page::open();
    let told = page.run(
        "return [...document.querySelectorAll('.flow > ol > li')].map((step) => {
            const copy = step.cloneNode(true);
            for (const hidden of copy.querySelectorAll('[aria-hidden=true]')) hidden.remove();
            return copy.textContent;
        })",
    );
    let told: Vec<String> = serde_json::from_value(told).unwrap();
    assert!(told[1].starts_with("2 Browser to Corsac: asks first"), "{}", told[1]);
    assert!(told[1].contains("access-control-request-method: PUT"), "{}", told[1]);
    assert!(told[3].ends_with("(this fails)"), "{}", told[3]);
}
