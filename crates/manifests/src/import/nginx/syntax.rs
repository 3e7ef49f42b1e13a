//! nginx's syntax: words, blocks and semicolons.

/// The most directives that are read.
const MOST_DIRECTIVES: usize = 50_000;
const MOST_DEPTH: usize = 32;

/// One directive: `add_header Vary Origin;` or `location / { … }`.
#[derive(Clone, Debug)]
pub(super) struct Directive {
    pub(super) words: Vec<String>,
    pub(super) block: Vec<Directive>,
    pub(super) line: usize,
}

impl Directive {
    pub(super) fn name(&self) -> &str {
        self.word(0)
    }

    /// A word; the empty one where there is none.
    pub(super) fn word(&self, index: usize) -> &str {
        self.words.get(index).map_or("", String::as_str)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Open,
    Close,
    End,
}

/// The directives of a text. The error is a sentence.
pub(super) fn parse(text: &str) -> Result<Vec<Directive>, String> {
    let mut open: Vec<(Directive, Vec<Directive>)> = Vec::new();
    let mut current: Vec<Directive> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut count = 0;
    for (token, line) in tokens(text)? {
        match token {
            Token::Word(word) => words.push(word),
            Token::End => {
                if !words.is_empty() {
                    current.push(Directive { words: std::mem::take(&mut words), block: Vec::new(), line });
                }
            }
            Token::Open => {
                if open.len() >= MOST_DEPTH {
                    return Err(format!("Line {line}: the blocks are nested more than {MOST_DEPTH} deep."));
                }
                let directive = Directive { words: std::mem::take(&mut words), block: Vec::new(), line };
                open.push((directive, std::mem::take(&mut current)));
            }
            Token::Close => {
                let Some((mut directive, outer)) = open.pop() else {
                    return Err(format!("Line {line}: a \"}}\" closes nothing."));
                };
                directive.block = std::mem::replace(&mut current, outer);
                current.push(directive);
            }
        }
        count += 1;
        if count > MOST_DIRECTIVES {
            return Err(format!("The file holds more than {MOST_DIRECTIVES} words."));
        }
    }
    if open.is_empty() && words.is_empty() {
        Ok(current)
    } else {
        Err("This is not nginx's configuration: a \"}\" or \";\" is missing at the end.".to_owned())
    }
}

fn tokens(text: &str) -> Result<Vec<(Token, usize)>, String> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => line += 1,
            c if c.is_whitespace() => {}
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            ';' => tokens.push((Token::End, line)),
            '{' => tokens.push((Token::Open, line)),
            '}' => tokens.push((Token::Close, line)),
            '"' | '\'' => {
                let start = line;
                let mut word = String::new();
                loop {
                    match chars.next() {
                        None => return Err(format!("Line {start}: a quoted word has no end.")),
                        Some(end) if end == c => break,
                        Some('\\') => match chars.next() {
                            Some(quoted) if quoted == c => word.push(quoted),
                            Some(other) => word.extend(['\\', other]),
                            None => {}
                        },
                        Some(other) => {
                            line += usize::from(other == '\n');
                            word.push(other);
                        }
                    }
                }
                tokens.push((Token::Word(word), start));
            }
            c => {
                let mut word = String::from(c);
                // Braces belong to the word in `${name}` and in a regular expression's counts.
                let mut braces = 0_usize;
                while let Some(next) = chars.peek().copied() {
                    match next {
                        '{' if word.ends_with(['$', ')', ']', '.']) => braces += 1,
                        '}' if braces > 0 => braces -= 1,
                        ';' | '{' | '}' => break,
                        next if next.is_whitespace() => break,
                        _ => {}
                    }
                    word.push(next);
                    chars.next();
                }
                tokens.push((Token::Word(word), line));
            }
        }
    }
    Ok(tokens)
}
