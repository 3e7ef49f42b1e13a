//! The page as a real browser sees it, checked: what the matrix shows, and what the editor does.

use corsac_testbed::browser::Browser;

use super::webdriver::Session;
use crate::Outcome;
use crate::tally::Tally;

/// What the page says of itself once every cell has its answer and its line in the access log.
pub const COMPLETE: &str = "document.documentElement.dataset.complete === 'true'";

/// Checks, each printed with its result. A missing browser is an error that says how to install it.
pub fn page(url: &str) -> Outcome<Tally> {
    let driver = Browser::find().and_then(|browser| browser.start()).map_err(|error| error.to_string())?;
    let visitor = Visitor { session: Session::open(&driver)? };
    let mut tally = Tally::default();
    println!("\n# The page in Chromium");
    matrix(&visitor, url, &mut tally)?;
    editor(&visitor, &mut tally)?;
    Ok(tally)
}

/// The policy of `envoy/envoy.yaml`, on five origins and eleven requests.
fn matrix(visitor: &Visitor, url: &str, tally: &mut Tally) -> Outcome<()> {
    visitor.session.visit(url)?;
    let summary = visitor.summary()?;
    tally.check("The matrix shows what the policy allows.", summary.starts_with("19 readable, 36 blocked."));
    tally.check("Every request that needs a preflight sends one at first.", summary.ends_with("Preflights: 25 sent."));
    let reasons = visitor.reasons()?;
    let told = |reason: &&String| reason.contains("Access-Control-") && !reason.contains("undefined");
    tally.check("Every cell gives its reason.", reasons.len() == 55 && reasons.iter().filter(told).count() == 55);

    visitor.session.visit(url)?;
    let again = visitor.summary()?;
    tally.check("A second visit finds the same.", again.starts_with("19 readable, 36 blocked."));
    tally.check("Its allowed preflights are not sent again.", again.contains("19 sent, 6 spared"));
    Ok(())
}

fn editor(visitor: &Visitor, tally: &mut Tally) -> Outcome<()> {
    visitor.apply("with mistakes")?;
    visitor
        .session
        .until("the policy is refused", "document.getElementById('state').textContent.startsWith('Refused')")?;
    let diagnostics = visitor.text("document.getElementById('diagnostics')")?;
    let listed =
        ["invalid-origin", "Line 3", "\"http://app.localhost:*\""].iter().all(|part| diagnostics.contains(part));
    tally.check("A bad policy is refused, with its mistakes and their lines.", listed);
    tally.check("The matrix stays as it was.", visitor.summary()?.starts_with("19 readable, 36 blocked."));
    visitor.click("#diagnostics .suggestion button")?;
    let text = visitor.session.script("return document.getElementById('text').value")?;
    tally.check(
        "A suggestion is written in its place.",
        text.as_str().is_some_and(|text| text.contains("[\n    \"http://app.localhost:*\",")),
    );

    visitor.apply("open to all")?;
    visitor.session.until("the policy is in force", "document.getElementById('state').textContent === 'In force.'")?;
    let open = visitor.summary()?;
    tally.check("A good policy changes the matrix.", open.starts_with("40 readable, 15 blocked."));
    visitor.apply("as shipped")?;
    visitor.session.until("the policy is in force", "document.getElementById('state').textContent === 'In force.'")?;
    tally.check("And the first one changes it back.", visitor.summary()?.starts_with("19 readable, 36 blocked."));
    Ok(())
}

/// Somebody at the page.
struct Visitor {
    session: Session,
}

impl Visitor {
    /// The line above the matrix, once that is complete.
    fn summary(&self) -> Outcome<String> {
        self.session.until("the matrix is complete", COMPLETE)?;
        self.text("document.getElementById('summary')")
    }

    /// What the page says of each cell when it is selected.
    fn reasons(&self) -> Outcome<Vec<String>> {
        let reasons = self.session.script(
            "return [...document.querySelectorAll('#cells button')].map((cell) => {
                cell.click();
                return document.getElementById('selected').lastChild.textContent;
            })",
        )?;
        let reasons = reasons.as_array().ok_or("the page gives no reasons.")?;
        Ok(reasons.iter().filter_map(|reason| reason.as_str()).map(str::to_owned).collect())
    }

    /// Takes one of the page's examples and applies it.
    fn apply(&self, example: &str) -> Outcome<()> {
        let find = format!(
            "[...document.querySelectorAll('#examples button')].find((one) => one.textContent === '{example}')"
        );
        self.session.script(&format!("{find}.click()"))?;
        self.click("#apply")
    }

    fn click(&self, selector: &str) -> Outcome<()> {
        self.session.script(&format!("document.querySelector('{selector}').click()")).map(drop)
    }

    fn text(&self, element: &str) -> Outcome<String> {
        let text = self.session.script(&format!("return {element}.textContent"))?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }
}
