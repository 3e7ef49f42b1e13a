//! Checks of the page in Chromium: the matrix and the editor.

use corsac_testbed::Result;
use corsac_testbed::browser::Browser;
use corsac_testbed::test_counts::TestCounts;
use corsac_testbed::webdriver::BrowserSession;

use crate::site::playground;

/// True in the page after every cell has its answer and its line in the access log.
pub const COMPLETE: &str = "document.documentElement.dataset.complete === 'true'";

/// Runs the checks and prints each with its result. A missing browser is an error that tells how to
/// install it.
pub fn check(url: &str) -> Result<TestCounts> {
    let driver = Browser::find()?.start()?;
    let page = DemoPage { session: BrowserSession::open(&driver)? };
    let mut counts = TestCounts::default();
    println!("\n# The page in Chromium");
    matrix(&page, url, &mut counts)?;
    editor(&page, &mut counts)?;
    if playground().join("index.html").is_file() {
        playground_link(&page, &mut counts)?;
    } else {
        println!("There is no playground to link to; `cargo xtask playground` builds it.");
    }
    Ok(counts)
}

/// The policy of `envoy/envoy.yaml`, on five origins and eleven requests.
fn matrix(page: &DemoPage, url: &str, counts: &mut TestCounts) -> Result<()> {
    page.session.visit(url)?;
    let summary = page.summary()?;
    counts.check("The matrix shows the effect of the policy.", summary.starts_with("19 readable, 36 blocked."));
    counts.check(
        "Every request that needs a preflight sends one on the first visit.",
        summary.ends_with("Preflights: 25 sent."),
    );
    let reasons = page.reasons()?;
    let explained = |reason: &&String| reason.contains("Access-Control-") && !reason.contains("undefined");
    counts.check("Every cell gives its reason.", reasons.len() == 55 && reasons.iter().filter(explained).count() == 55);

    page.session.visit(url)?;
    let again = page.summary()?;
    counts.check("A second visit shows the same.", again.starts_with("19 readable, 36 blocked."));
    counts.check("Its allowed preflights are not sent again.", again.contains("19 sent, 6 spared"));
    Ok(())
}

fn editor(page: &DemoPage, counts: &mut TestCounts) -> Result<()> {
    page.apply("with mistakes")?;
    page.session
        .until("the policy is refused", "document.getElementById('state').textContent.startsWith('Refused')")?;
    let diagnostics = page.text("document.getElementById('diagnostics')")?;
    let listed =
        ["invalid-origin", "Line 3", "\"http://app.localhost:*\""].iter().all(|part| diagnostics.contains(part));
    counts.check("A bad policy is refused, with its mistakes and their lines.", listed);
    counts.check("The matrix stays as it was.", page.summary()?.starts_with("19 readable, 36 blocked."));
    page.click("#diagnostics .suggestion button")?;
    let text = page.session.script("return document.getElementById('text').value")?;
    counts.check(
        "A suggestion replaces its text.",
        text.as_str().is_some_and(|text| text.contains("[\n    \"http://app.localhost:*\",")),
    );

    page.apply("open to all")?;
    page.session.until("the policy is in force", "document.getElementById('state').textContent === 'In force.'")?;
    let open = page.summary()?;
    counts.check("A good policy changes the matrix.", open.starts_with("40 readable, 15 blocked."));
    page.apply("as shipped")?;
    page.session.until("the policy is in force", "document.getElementById('state').textContent === 'In force.'")?;
    counts.check("The first policy changes it back.", page.summary()?.starts_with("19 readable, 36 blocked."));
    Ok(())
}

/// The first cell, which this page may read, as the playground shows it under the policy in force.
fn playground_link(page: &DemoPage, counts: &mut TestCounts) -> Result<()> {
    let link = || page.session.script("return document.querySelector('#playground a').href");
    let before = link()?;
    page.click("#cells button")?;
    page.session
        .until("the link is the cell's", &format!("document.querySelector('#playground a').href !== {before}"))?;
    page.session.visit(link()?.as_str().unwrap_or_default())?;
    let answered = "document.getElementById('verdict').textContent.startsWith('Allowed: The policy partners allows http://app.localhost')";
    let shown = page.session.until("the playground allows the cell", answered);
    counts.check("The playground explains the selected cell under the policy in force.", shown.is_ok());
    Ok(())
}

/// The page in a browser.
struct DemoPage {
    session: BrowserSession,
}

impl DemoPage {
    /// The line above the matrix, after the matrix is complete.
    fn summary(&self) -> Result<String> {
        self.session.until("the matrix is complete", COMPLETE)?;
        self.text("document.getElementById('summary')")
    }

    /// The reason that the page gives for each cell.
    fn reasons(&self) -> Result<Vec<String>> {
        let reasons = self.session.script(
            "return [...document.querySelectorAll('#cells button')].map((cell) => {
                cell.click();
                return document.getElementById('selected').lastChild.textContent;
            })",
        )?;
        let reasons = reasons.as_array().ok_or("the page gives no reasons.")?;
        Ok(reasons.iter().filter_map(|reason| reason.as_str()).map(str::to_owned).collect())
    }

    /// Selects one of the page's examples and applies it.
    fn apply(&self, example: &str) -> Result<()> {
        let find = format!(
            "[...document.querySelectorAll('#examples button')].find((one) => one.textContent === '{example}')"
        );
        self.session.script(&format!("{find}.click()"))?;
        self.click("#apply")
    }

    fn click(&self, selector: &str) -> Result<()> {
        self.session.script(&format!("document.querySelector('{selector}').click()")).map(drop)
    }

    fn text(&self, element: &str) -> Result<String> {
        let text = self.session.script(&format!("return {element}.textContent"))?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }
}
