/** Something other than what was judged could run in an agent, because of how its middleware is listed. */
export class MiddlewareOrderError extends Error {
  override readonly name = "MiddlewareOrderError";
  readonly code = "middleware_order";

  /** `why` says what was found; what to do about it is always the same. */
  constructor(why: string) {
    super(`${why}; list authorizationMiddleware last of all middleware around tools`);
  }
}
