/**
 * Whether an absolute POSIX path is a directory or lies below it, once `.`, `..` and repeated slashes are resolved.
 * Case matters. `undefined` where either is relative, or holds what another program may read differently: backslashes,
 * percent signs, control and invisible characters, letters that are not in Unicode's composed form (NFC). Symbolic
 * links are not resolved: that takes the file system.
 */
export function pathInside(path: string, directory: string): boolean | undefined {
  const inner = normalizePath(path);
  const outer = normalizePath(directory);
  return inner === undefined || outer === undefined ? undefined : liesBelow(inner, outer);
}

/** An absolute path without `.`, `..` and repeated slashes, and with a slash at its end. */
export function normalizePath(path: string): string | undefined {
  if (path.length > 4096 || !path.startsWith("/") || /[\p{Cc}\p{Cf}\p{Cs}\\%]/u.test(path)) return undefined;
  if (path.normalize("NFC") !== path) return undefined;
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
