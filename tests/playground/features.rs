//! Every feature of the page.

use serde_json::json;

use crate::page::Page;

const EDITOR: &str = "policy-editor";

#[test]
fn the_first_example_is_explained_at_once() {
    let page = Page::open();
    assert!(page.text("verdict").starts_with("Blocked: https://partner.example is not in the list"));
    let facts = page.text("facts");
    for part in
        ["default", "https://*.partner.example", "apex", "kPreflightMissingAllowOriginHeader", "Access to fetch at"]
    {
        assert!(facts.contains(part), "{part} is missing: {facts}");
    }
    assert_eq!(page.run("return document.querySelectorAll('.flow > ol > li').length"), 7);
    assert_eq!(page.run("return document.querySelectorAll('.flow li[data-state=failed]').length"), 2);
    assert!(page.text("wire").contains("access-control-request-method: PUT"));
    let deciding = page.run("return document.querySelector('.steps li[data-outcome=failed]').textContent");
    assert!(deciding.as_str().is_some_and(|text| text.contains("This step decides. Chrome calls it kPreflight")));
}

#[test]
fn the_answer_follows_the_form_and_the_policy() {
    let page = Page::open();
    page.fill("page", "https://shop.partner.example/cart");
    assert!(page.text("verdict").starts_with("Allowed"), "{}", page.text("verdict"));
    page.fill("method", "PATCH");
    assert!(page.text("verdict").contains("method-not-listed"));
    page.write(EDITOR, r#"{ "allowOrigins": ["*"], "allowMethods": ["PATCH"] }"#);
    page.fill("headers", "");
    assert!(page.text("verdict").contains("wildcard-with-credentials"), "{}", page.text("verdict"));
    page.fill("credentials", "omit");
    assert!(page.text("verdict").starts_with("Allowed"));
}

#[test]
fn mistakes_are_marked_explained_and_fixed_one_by_one_or_all_at_once() {
    let page = Page::open();
    page.write(
        EDITOR,
        r#"{ "allowOrigins": ["https://App.example.com", "https://b.example/"], "allow_methods": ["PUT"] }"#,
    );
    page.until("document.querySelectorAll('#diagnostics > li').length === 3");
    assert_eq!(page.text("policy-state"), "3 errors: Envoy would not load it.");
    assert_eq!(page.in_editor(".cm-lintRange-error")[..2], ["\"https://App.example.com\"", "\"https://b.example/\""]);
    assert!(page.text("diagnostics").contains("Standard. "));
    assert!(page.text("verdict").contains("The policy has 3 errors"));

    page.click("#diagnostics > li .suggestion button");
    assert!(page.written(EDITOR).contains("https://app.example.com"), "{}", page.written(EDITOR));
    page.until("document.querySelectorAll('#diagnostics > li').length === 2");
    page.click("#fix-all");
    assert_eq!(
        page.written(EDITOR),
        r#"{ "allowOrigins": ["https://app.example.com", "https://b.example"], "allowMethods": ["PUT"] }"#
    );
    page.until("document.getElementById('policy-state').textContent === 'Sound.'");
}

#[test]
fn yaml_is_read_marked_and_fixed_too() {
    let page = Page::open();
    page.write(EDITOR, "allowOrigins:\n- https://App.example.com # ours\n");
    page.until("document.querySelectorAll('#diagnostics > li').length === 1");
    assert_eq!(page.in_editor(".cm-lintRange-error"), ["https://App.example.com"]);
    page.click("#diagnostics > li .suggestion button");
    assert_eq!(page.written(EDITOR), "allowOrigins:\n- \"https://app.example.com\" # ours\n");
}

#[test]
fn the_policy_to_ask_is_chosen_among_several_in_one_text() {
    let page = Page::open();
    let plugin = |name: &str, origin: &str| {
        format!(
            "kind: WasmPlugin\nmetadata: {{ name: {name} }}\nspec: {{ pluginConfig: {{ allowOrigins: [\"{origin}\"] }} }}\n"
        )
    };
    page.fill("page", "https://b.example");
    page.fill("method", "GET");
    page.fill("headers", "");
    page.fill("credentials", "omit");
    page.write(EDITOR, &format!("{}---\n{}", plugin("one", "https://a.example"), plugin("two", "https://b.example")));
    page.until("document.querySelectorAll('#documents option').length === 2");
    assert!(page.text("verdict").starts_with("Blocked"));
    page.fill("documents", "1");
    assert!(page.text("verdict").starts_with("Allowed"));
}

#[test]
fn completion_offers_what_the_schema_knows_at_the_place() {
    let page = Page::open();
    page.write(EDITOR, "{ \"allowOrigins\": [\"https://a.example\"],\n  \"allowM");
    page.until("document.getElementById('policy-editor').shadowRoot.querySelector('.cm-tooltip-autocomplete li')");
    assert_eq!(page.in_editor(".cm-tooltip-autocomplete li")[0], "allowMethods");
    page.run(
        "const option = document.getElementById('policy-editor').shadowRoot.querySelector('.cm-tooltip-autocomplete li');
         option.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true, composed: true }))",
    );
    page.until("document.getElementById('policy-editor').shadowRoot.textContent.includes('\"allowMethods\": []')");

    page.write(EDITOR, "allowOrigins: [https://a.example]\nupstreamHeaders: pre");
    page.until("document.getElementById('policy-editor').shadowRoot.querySelector('.cm-tooltip-autocomplete li')");
    assert_eq!(page.in_editor(".cm-tooltip-autocomplete li"), ["preserve"]);
}

#[test]
fn hovering_over_a_field_tells_what_it_is_for() {
    let page = Page::open();
    let place = page.run(
        "const keys = [...document.getElementById('policy-editor').shadowRoot.querySelectorAll('.cm-line span')];
         const { left, top, width, height } = keys.find((key) => key.textContent.includes('maxAge')).getBoundingClientRect();
         return [left + width / 2, top + height / 2]",
    );
    let event = json!({ "type": "mouseMoved", "x": place[0], "y": place[1] });
    page.session.devtools("Input.dispatchMouseEvent", &event).unwrap();
    page.until("document.getElementById('policy-editor').shadowRoot.querySelector('.cm-tooltip-hover .about')");
    assert!(page.in_editor(".about")[0].starts_with("maxAge How long browsers keep"), "{:?}", page.in_editor(".about"));
}

#[test]
fn the_form_is_filled_by_a_curl_command_a_har_file_and_a_console_message() {
    let page = Page::open();
    let har = json!({ "log": { "entries": [{
        "request": { "method": "DELETE", "url": "https://har.example.com/", "headers": [{ "name": "Origin", "value": "https://app.example.com" }] },
        "response": { "status": 0 },
    }] } });
    let pasted = [
        ("curl -X PUT 'https://curl.example.com/' -H 'Origin: https://app.example.com'".to_owned(), "curl command", "https://curl.example.com/", "PUT"),
        (har.to_string(), "HAR file", "https://har.example.com/", "DELETE"),
        ("Access to fetch at 'https://console.example.com/' from origin 'https://x.example' has been blocked by CORS policy: Method PATCH is not allowed by Access-Control-Allow-Methods in preflight response.".to_owned(), "console message", "https://console.example.com/", "PATCH"),
    ];
    for (text, kind, url, method) in pasted {
        page.fill("pasted", &text);
        page.until(&format!("document.getElementById('pasted-state').textContent.includes('{kind}')"));
        page.settle();
        assert_eq!(
            page.run("return [document.getElementById('url').value, document.getElementById('method').value]"),
            json!([url, method])
        );
        assert!(page.text("wire").contains(url), "{}", page.text("wire"));
    }
    page.fill("pasted", "hello");
    page.until("document.getElementById('pasted-state').textContent.startsWith('This is not')");
}

#[test]
fn two_policies_are_compared() {
    let page = Page::open();
    page.click("#tab-compare");
    page.click("#take");
    page.until("document.getElementById('compare-state').textContent === 'Both policies allow the same.'");
    page.write("new-editor", r#"{ "allowOrigins": ["https://*.example.com"], "allowMethods": ["GET"] }"#);
    page.until("document.getElementById('compare-state').textContent === 'The policy to come allows more.'");
    let changes = page.text("changes");
    for part in
        ["gains  origin https://*.example.com", "such as https://", "loses  method DELETE", "loses  allowCredentials"]
    {
        assert!(changes.contains(part), "{part} is missing: {changes}");
    }
    page.write("new-editor", r#"{ "allowOrigins": ["nonsense"] }"#);
    page.until("document.getElementById('compare-state').textContent.startsWith('The policy to come: The policy has an error')");
}

#[test]
fn a_configuration_is_imported_and_becomes_the_policy() {
    let page = Page::open();
    page.click("#tab-import");
    for example in ["0", "1", "2"] {
        page.fill("sources", example);
        page.until("document.getElementById('import-state').textContent.startsWith('Read as ')");
        page.until("!document.getElementById('imported-block').hidden");
    }
    page.fill("source", "hello");
    page.until("document.getElementById('imported-block').hidden");
    page.fill("sources", "0");
    page.until("document.querySelectorAll('#notes li').length > 0");
    page.click("#use");
    assert!(page.written(EDITOR).contains("allowOrigins"));
    assert_eq!(page.text("policy-state"), "1 warning.");
    assert_eq!(page.run("return document.getElementById('panel-ask').hidden"), false);
}

#[test]
fn the_policy_is_exported_for_every_target() {
    let page = Page::open();
    page.click("#tab-export");
    let targets = page.run("return [...document.querySelectorAll('#target option')].map((option) => option.value)");
    assert!(targets.as_array().is_some_and(|targets| targets.len() >= 8));
    for target in targets.as_array().unwrap() {
        page.fill("target", target.as_str().unwrap());
        page.until("document.getElementById('manifest').textContent.includes('https://*.partner.example')");
    }
    page.write(EDITOR, r#"{ "allowOrigins": [] }"#);
    page.until("document.getElementById('manifest').hidden");
}

#[test]
fn every_example_is_complete() {
    let page = Page::open();
    let count = page.run("return document.querySelectorAll('#examples option').length").as_u64().unwrap();
    assert!(count > 5);
    for number in 0..count - 1 {
        page.fill("examples", &number.to_string());
        let (state, verdict) = (page.text("policy-state"), page.text("verdict"));
        assert!(state == "Sound." || state.contains("error") || state.contains("warning"), "{state}");
        assert!(
            verdict.starts_with("Allowed") || verdict.starts_with("Blocked") || state.contains("error"),
            "{verdict}"
        );
    }
}
