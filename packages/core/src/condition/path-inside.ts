/**
 * Whether an absolute POSIX path is a directory or lies below it, once `.`, `..` and repeated slashes are resolved.
 * Case matters. `undefined` where either is relative, or holds what another program may read differently: two slashes
 * at its start (a host's name to some), backslashes, percent signs, control and invisible characters, characters that
 * become dots or slashes when folded (`．`, `／`, `∕`), letters that are not in Unicode's composed form (NFC). Symbolic
 * links are not resolved: that takes the file system.
 */
export function pathInside(path: string, directory: string): boolean | undefined {
  const inner = normalizePath(path);
  const outer = normalizePath(directory);
  return inner === undefined || outer === undefined ? undefined : liesBelow(inner, outer);
}

/** An absolute path without `.`, `..` and repeated slashes, and with a slash at its end. */
export function normalizePath(path: string): string | undefined {
  if (path.length > 4096 || !/^\/(?:[^/]|\/\/|$)/.test(path) || oddCharacter.test(path)) return undefined;
  if (path.normalize("NFC") !== path || signsOf(path.normalize("NFKC")) !== signsOf(path)) return undefined;
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return segments.length === 0 ? "/" : `/${segments.join("/")}/`;
}

/** Whether one normalized path is another, or lies below it. */
export function liesBelow(path: string, directory: string): boolean {
  return path.startsWith(directory);
}

/** Characters that nothing shows, that escape others, or that some programs store as a slash. */
const oddCharacter = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\%\u2044\u2215\u2216\u29f5\u29f8]/u;

/** The characters that make up a path's segments; where folding adds one, programs differ on what the path is. */
function signsOf(path: string): string {
  return path.replace(/[^./\\%]/g, "");
}
