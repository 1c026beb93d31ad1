/** An OpenAI-compatible endpoint that plays the model. */
export interface Endpoint {
  readonly baseURL: string;
  readonly apiKey: string;
  readonly model: string;
}

/** The endpoint of the environment: all three of OPENAI_BASE_URL, OPENAI_API_KEY and AMBIT_MODEL, or none. */
export function endpointOf(environment: NodeJS.ProcessEnv): Endpoint | undefined {
  const { OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: apiKey, AMBIT_MODEL: model } = environment;
  return baseURL && apiKey && model ? { baseURL, apiKey, model } : undefined;
}

/** What both frameworks tell the model. */
export const instructions =
  "You are a sales assistant. Do what the user asks with your tools. When a tool call is denied, do not try it again: " +
  "tell the user what you could not do, why, and what they can do instead.";
