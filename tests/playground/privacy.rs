//! Nothing leaves the browser, and nothing but the page's own files is needed.

use serde_json::json;

use crate::page::Page;

/// Touches every feature.
fn use_everything(page: &Page) {
    for number in 0..6 {
        page.fill("examples", &number.to_string());
    }
    page.click("#tab-compare");
    page.click("#take");
    page.click("#tab-import");
    page.fill("sources", "0");
    page.until("!document.getElementById('imported-block').hidden");
    page.click("#use");
    page.click("#tab-export");
    page.fill("target", "envoy");
    page.click("#tab-ask");
    page.fill("pasted", "curl https://elsewhere.example/ -H 'Origin: https://app.example.com'");
    page.write("policy-editor", r#"{ "allowOrigins": ["https://elsewhere.example/"], "allow"#);
    page.write("policy-editor", r#"{ "allowOrigins": ["https://elsewhere.example/"] }"#);
    page.until("document.querySelector('#diagnostics .suggestion button')");
    page.click("#diagnostics .suggestion button");
    page.click("#share");
    page.until("location.hash.startsWith('#v1=')");
}

#[test]
fn after_loading_there_is_no_request_and_nothing_breaks_the_security_policy() {
    let page = Page::open();
    let before = page.requests();
    assert!(before.iter().all(|target| target.starts_with("/any/path/")), "{before:?}");
    use_everything(&page);
    assert_eq!(page.requests(), before);
    assert_eq!(page.violations(), json!([]));
}

#[test]
fn the_security_policy_lets_no_script_reach_another_server() {
    let page = Page::open();
    let failed = page.run("return fetch('https://elsewhere.invalid/').then(() => 'sent', (error) => error.name)");
    assert_eq!(failed, "TypeError");
    page.until("violations.some((it) => it.startsWith('connect-src'))");
    let script = page.run(
        "const script = document.createElement('script');
         try { script.textContent = 'globalThis.ran = true'; document.body.append(script); } catch { return 'refused'; }
         return globalThis.ran",
    );
    assert_eq!(script, "refused");
}

#[test]
fn without_a_network_the_page_loads_and_answers() {
    let mut page = Page::open();
    page.go_offline();
    page.load("");
    assert!(page.text("verdict").starts_with("Blocked"));
    use_everything(&page);
    assert_eq!(page.violations(), json!([]));
}

#[test]
fn a_link_holds_policy_form_and_tab() {
    let page = Page::open();
    page.write("policy-editor", "allowOrigins: [https://ä.example, \"https://shared.example\"]\n");
    page.fill("page", "https://shared.example");
    page.fill("method", "GET");
    page.fill("headers", "");
    page.fill("credentials", "omit");
    page.click("#tab-compare");
    page.write("new-editor", r#"{ "allowOrigins": ["*"] }"#);
    page.click("#share");
    page.until("location.hash.startsWith('#v1=')");
    let fragment = page.run("return location.hash").as_str().unwrap().to_owned();

    let other = Page::prepare();
    other.load(&fragment);
    assert_eq!(other.written("policy-editor"), "allowOrigins: [https://ä.example, \"https://shared.example\"]\n");
    assert_eq!(other.written("new-editor"), r#"{ "allowOrigins": ["*"] }"#);
    assert_eq!(other.run("return document.getElementById('page').value"), "https://shared.example");
    assert_eq!(other.run("return document.getElementById('panel-compare').hidden"), false);
    assert!(other.requests().iter().all(|target| !target.contains("v1")), "a fragment is never sent");
}

#[test]
fn a_fragment_that_is_none_of_the_pages_is_as_none() {
    for fragment in ["#v1=!", "#v1=AAAA", "#v2=AAAA", "#policy", "#v1="] {
        let page = Page::prepare();
        page.load(fragment);
        assert!(page.text("verdict").starts_with("Blocked: https://partner.example"), "{fragment}");
        assert_eq!(page.violations(), json!([]), "{fragment}");
    }
}
