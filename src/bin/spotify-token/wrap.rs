//! Lines of a limited width.

/// The width of a terminal that nobody has made wider, in columns.
pub const WIDTH: usize = 80;

/// Items in lines of this width, indented by what stands in front of the first.
pub fn wrapped<I: AsRef<str>>(
    start: &str,
    items: impl IntoIterator<Item = I>,
    separator: &str,
    width: usize,
) -> String {
    let mut text = String::new();
    let mut line = start.to_owned();
    let mut items = items.into_iter().peekable();
    while let Some(item) = items.next() {
        let item = item.as_ref();
        let separator = if items.peek().is_some() { separator } else { "" };
        let is_full = line.len() + item.len() + separator.trim_end().len() > width;
        if is_full && line.len() > start.len() {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(start.len());
        }
        line.push_str(item);
        line.push_str(separator);
    }
    text + line.trim_end() + "\n"
}
