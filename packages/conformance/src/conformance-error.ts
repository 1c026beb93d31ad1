/** What was tried did not do what a case expects of it. */
export class ConformanceError extends Error {
  override readonly name = "ConformanceError";
}
