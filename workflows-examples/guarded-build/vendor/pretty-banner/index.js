/** `text` in a box of ASCII characters, three lines with a newline after each. */
export function banner(text) {
  const edge = `+${"-".repeat(text.length + 2)}+`;
  return `${edge}\n| ${text} |\n${edge}\n`;
}
