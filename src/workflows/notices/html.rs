//! A mail's text as simple HTML, for programs that show nothing else well. Nothing is loaded from anywhere.

/// A page that says what the text says: paragraphs, lines set off by spaces, and addresses to press.
pub fn page(subject: &str, text: &str) -> String {
    let mut body = String::new();
    for block in text.trim().split("\n\n") {
        let set_off = block.lines().all(|line| line.starts_with("    "));
        if set_off {
            let lines: Vec<&str> = block.lines().map(str::trim).collect();
            let lines = escaped(&lines.join("\n"));
            body.push_str(&format!(
                "<pre style=\"font-size:1.25em;margin:1em 0\">{lines}</pre>\n"
            ));
            continue;
        }
        let lines: Vec<String> = block.lines().map(linked).collect();
        body.push_str(&format!("<p>{}</p>\n", lines.join("<br>\n")));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body style=\"font-family:sans-serif;font-size:1rem;line-height:1.5;max-width:36em;margin:1.5em auto;\
         padding:0 1em\">\n{body}</body></html>\n",
        escaped(subject)
    )
}

/// One line, with what looks like an address of the web made one to press.
fn linked(line: &str) -> String {
    let words: Vec<String> = line
        .split(' ')
        .map(|word| {
            let address = word.trim_end_matches(['.', ',', ';', ':', ')']);
            if !address.starts_with("https://") && !address.starts_with("http://") {
                return escaped(word);
            }
            let rest = word.strip_prefix(address).unwrap_or_default();
            let address = escaped(address);
            format!("<a href=\"{address}\">{address}</a>{}", escaped(rest))
        })
        .collect();
    words.join(" ")
}

/// Text as it stands in HTML. A control that moves nothing is a space.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other if other.is_control() && other != '\n' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_codes_and_addresses_are_kept() {
        let page = page(
            "A <subject>",
            "Sign in at https://a.example/b?c=1&d=2.\n\n    K3Y-9\n\nBye.\n",
        );
        assert!(page.contains("<title>A &lt;subject&gt;</title>"));
        let link =
            "<a href=\"https://a.example/b?c=1&amp;d=2\">https://a.example/b?c=1&amp;d=2</a>.";
        assert!(page.contains(link), "{page}");
        assert!(page.contains(">K3Y-9</pre>"));
        assert!(page.contains("<p>Bye.</p>"));
    }

    #[test]
    fn what_somebody_else_wrote_stays_text() {
        let page = page("s", "The app “<img src=x onerror=alert(1)>” http://x\"y");
        assert!(!page.contains("<img"));
        assert!(page.contains("&lt;img"));
        assert!(page.contains("http://x&quot;y\""));
    }
}
