/** What a model costs, in decimal text such as `"1.25"`: an amount for a million tokens, unless it says otherwise. */
export interface ModelPriceOption {
  readonly input: string;
  readonly output: string;
  /** For input that is read from a cache. Default: as `input`. */
  readonly cachedInput?: string | undefined;
  /** For input that is written to a cache. Default: as `input`. */
  readonly cacheWrite?: string | undefined;
  /** For output that is reasoning. Default: as `output`. */
  readonly reasoning?: string | undefined;
  /** An amount for each call besides. Default: none. */
  readonly call?: string | undefined;
  /** The most that one call can put out. Default: what the table says, or else unknown. */
  readonly maximumOutputTokens?: number | undefined;
}
