/** Which npm package a directory belongs to. */

/**
 * The innermost package whose directory `path` is or lies below: `/w/node_modules/@scope/name/lib` is `@scope/name`.
 * Null outside any; `node_modules/.bin` and its like are no packages.
 */
export function packageOf(path: string): string | null {
  const parts = path.split("/");
  for (
    let at = parts.lastIndexOf("node_modules");
    at >= 0;
    at = at > 0 ? parts.lastIndexOf("node_modules", at - 1) : -1
  ) {
    const [first = "", second = ""] = parts.slice(at + 1, at + 3);
    const scoped = first.startsWith("@");
    if (first === "" || first.startsWith(".") || (scoped && (first === "@" || second === ""))) continue;
    return scoped ? `${first}/${second}` : first;
  }
  return null;
}
